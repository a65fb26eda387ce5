/**
 * The configuration of a server of the older revision, in a few lines of its own. It offers what
 * `tools.json` in its folder lists and calls it with no result; `change` also says that the list is
 * another. `before` is JavaScript that runs first and may wait; the functions of its `globalThis.acts`
 * are tools as well, which get the request's id and `write` their answer themselves, or return one.
 */
export const stdioServer = (before = '') => ({
  command: 'node',
  args: ['--input-type=module', '-e', `${before}\n${STDIO_SERVER}`],
  unsandboxed: true,
});

export const STDIO_SERVER = `
  import { readFileSync } from 'node:fs';
  import { createInterface } from 'node:readline';
  const send = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
  const inputSchema = { type: 'object' };
  const answers = {
    initialize: ({ protocolVersion }) => ({
      protocolVersion,
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: 'scripted', version: '1' },
    }),
    'tools/list': () => ({
      tools: globalThis.acts
        ? Object.keys(acts).map((name) => ({ name, inputSchema }))
        : JSON.parse(readFileSync('tools.json', 'utf8')).map((tool) => ({ inputSchema, ...tool })),
    }),
    'tools/call': ({ name }, id) => {
      if (name === 'change') send({ method: 'notifications/tools/list_changed' });
      return globalThis.acts ? acts[name](id) : { content: [] };
    },
  };
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (id === undefined) return;
    const answer = answers[method];
    if (answer) {
      const result = answer(params, id);
      if (result) send({ id, result });
    } else send({ id, error: { code: -32601, message: 'no such method' } });
  });
`;
