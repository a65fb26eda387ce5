// Asks a service catalogue who owns a service.
export const tool = {
  description: 'The team that owns a service, and where it can be reached.',
  inputSchema: {
    type: 'object',
    properties: { service: { type: 'string', pattern: '^[a-z0-9-]{1,50}$' } },
    required: ['service'],
    additionalProperties: false,
  },

  async run({ service }, { config, ask, secret }) {
    const outcome = await ask('The service catalogue', {
      method: 'GET',
      url: `${config.url}/services/${service}`,
      headers: { authorization: `Bearer ${await secret(config.token)}` },
      timeoutMs: 5_000,
      bytesMax: 10_000,
    });
    if (outcome.status !== 'answered') return outcome;
    const { owner, channel } = JSON.parse(outcome.body);
    return { status: 'succeeded', result: { service, owner, channel } };
  },
};
