import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const toolModule = pathToFileURL(join(import.meta.dirname, 'tool-module.ts')).href;

/** Calls the tool as its arguments say, and is still there when what it left behind has thrown. */
const gateway = `
import { ToolModule } from ${JSON.stringify(toolModule)};
import { setTimeout as delay } from 'node:timers/promises';
const config = { module: './odd.tool.mjs', config: {}, repeatable: false, approval: true };
const send = async () => {
  setTimeout(() => { throw new Error('of the gateway itself'); });
  return { status: 'failed', code: 'connect_failed', message: '' };
};
const resolve = async () => { throw new Error('no such credential'); };
const toolbox = { folder: import.meta.dirname, http: { send }, secrets: { resolve } };
const source = new ToolModule({ name: 'odd', config, toolbox });
const [tool] = await source.tools();
for (const how of process.argv.slice(2)) {
  if (how === 'ours') setTimeout(() => { throw new Error('of the gateway itself'); });
  if (how === 'oursRejected') void Promise.reject(new Error('of the gateway itself'));
  const halt = new AbortController();
  tool.objectionTo({ how });
  console.log(how, JSON.stringify(await tool.run({ how }, { callId: 'C', signal: halt.signal })));
  halt.abort();
  await delay(100);
}
console.log('still here');
`;

const odd = `
import { createServer, connect } from 'node:net';
setTimeout(() => { throw new Error('of the file itself'); });
const silent = createServer(() => {}).listen(0, '127.0.0.1').unref();
const ways = {
  throws: () => { setTimeout(() => { throw new Error('late boom'); }); },
  rejects: () => { void Promise.reject(new Error('forgotten')); },
  throwsText: () => { setTimeout(() => { throw 'no error at all'; }); },
  throwsOdd: () => { setTimeout(() => { throw Object.create(null); }); },
  rejectsNothing: () => { void Promise.reject(); },
  connects: () => { connect(1, '127.0.0.1'); },
  fetches: (signal) => { void fetch('http://127.0.0.1:' + silent.address().port, { signal }); },
  listens: (signal) => { signal.addEventListener('abort', () => { throw new Error('at a halt'); }); },
  asks: (_, { ask }) => { void ask('x', {}); },
  forgetsSecret: (_, { secret }) => { void secret('env:X'); },
};
export const tool = {
  description: 'x', inputSchema: { type: 'object' },
  objectionTo: async ({ how }) => { if (how === 'objects') throw new Error('late objection'); },
  run: async ({ how }, { signal, ask, secret }) => {
    ways[how]?.(signal, { ask, secret });
    return { status: 'succeeded', result: 1 };
  },
};
`;

describe('what the file of a tool leaves behind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-strays-'));
  beforeAll(() => {
    writeFileSync(join(folder, 'gateway.mjs'), gateway);
    writeFileSync(join(folder, 'odd.tool.mjs'), odd);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function ended(...ways: string[]) {
    const flags = ['--conditions=signalbox-source', '--experimental-transform-types'];
    const argv = [...flags, '--disable-warning=ExperimentalWarning', 'gateway.mjs', ...ways];
    const child = spawn(process.execPath, argv, { cwd: folder });
    const [said, told, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { said, told, exitCode: exitCode as number };
  }

  it('GTW-3: does not end the gateway, and is logged with the name of the tool', async () => {
    const reasons = {
      throws: 'late boom',
      rejects: 'forgotten',
      throwsText: 'no error at all',
      throwsOdd: '[Object: null prototype] {}',
      rejectsNothing: '"undefined"',
      connects: 'ECONNREFUSED',
      fetches: 'aborted',
      forgetsSecret: 'no such credential',
      objects: 'late objection',
      listens: 'at a halt',
    };
    const { said, told, exitCode } = await ended(...Object.keys(reasons));
    expect({ told, exitCode }).toMatchObject({ exitCode: 0 });
    expect(said).toContain('still here');
    expect(said.match(/"succeeded"/g)).toHaveLength(10);
    expect(told.match(/tools\.odd left something behind/g)).toHaveLength(11);
    for (const reason of ['of the file itself', ...Object.values(reasons)]) {
      expect(told).toContain(reason);
    }
  });

  it.each(['ours', 'oursRejected', 'asks'])(
    'what the gateway throws itself ends it as ever: %s',
    async (how) => {
      const { said, told, exitCode } = await ended(how);
      expect(exitCode).toBe(1);
      expect(said).not.toContain('still here');
      expect(told).toMatch(/Error: of the gateway itself\n +at /);
    },
  );
});
