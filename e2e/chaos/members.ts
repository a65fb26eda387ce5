export const runners = ['agent-runner-1', 'agent-runner-2', 'agent-runner-3'];
export const gateways = ['tool-gateway-1', 'tool-gateway-2'];

/** Who takes part: each app twice or more, but for the edge, whose port is one. */
export const members = [
  ...runners,
  ...gateways,
  ...['router', 'approval', 'automation', 'projector'].flatMap((app) => [`${app}-1`, `${app}-2`]),
  'ingest',
];
