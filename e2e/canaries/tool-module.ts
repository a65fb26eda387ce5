// A tool of one's own, as docs/guides/add-a-tool.md has it, that uses its credential and tells it.
interface Given {
  readonly config: { readonly token: string; readonly url: string };
  readonly secret: (reference: string) => Promise<string>;
}

export const tool = {
  description: 'Fails with its credential.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  run: async (_: object, { config, secret }: Given) => {
    const body = await secret(config.token);
    await fetch(config.url, { method: 'POST', body });
    throw new Error(`refused: ${body}`);
  },
};
