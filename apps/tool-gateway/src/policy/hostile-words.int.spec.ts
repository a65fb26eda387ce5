import type { JsonObject } from '@signalbox/kernel';
import { busyMs, InMemoryRecentCounts } from '@signalbox/testing';
import fc from 'fast-check';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { hostileUrl } from '../http/hostile-urls.fixture.spec.ts';
import type { Tool } from '../ports/tool.port.ts';
import { CallApiTool } from '../tools/call-api.tool.ts';
import { LogsTool } from '../tools/logs.tool.ts';
import { call, toolboxFor } from '../tools/peer.fixture.spec.ts';
import { RemediationTool } from '../tools/remediation.tool.ts';
import { RunbookTool } from '../tools/runbook.tool.ts';
import { Policy } from './policy.ts';

const RUNS = 10_000;
/** Each of these starts a program. */
const PROGRAM_RUNS = 300;
const CALL_MAX_MS = 5_000;
const CANARY = 'canary-outside-of-the-folder';
const seed = Number(process.env['SIGNALBOX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const settings = { numRuns: RUNS, seed, endOnFailure: true };

const folder = mkdtempSync(join(tmpdir(), 'signalbox-hostile-'));
const inside = join(folder, 'inside');
const marker = join(folder, 'marker');

const shell = ['$(ID)', '`ID`', ';ID', '&&ID', '|ID', '\nID', '>FILE', '$IFS', '${HOME}', '~'];
const option = ['--help', '-rf', '--', '-e', '--eval=ID', '-', '@FILE', '*', '?', '{a,b}', '!!'];
const quote = ["'", '"', '\\', "';ID;'", '";ID;"', "$'\\x41'", '{{target}}', '{{callId}}', '%0a'];
const odd = ['\u202e', '\ufeff', '\uff1b', '\r', '\t', ' ', '\x1b[2J', '\ud800', 'a\u0301', ''];
const plain = ['checkout', 'eu-west-1', 'a.b', 'x'];
const word = fc
  .array(fc.constantFrom(...shell, ...option, ...quote, ...odd, ...plain), {
    minLength: 1,
    maxLength: 5,
  })
  .map((pieces) => pieces.join('').replaceAll('ID', `touch ${marker}`).replaceAll('FILE', marker));

const names = ['..', '.', '', 'in', 'out', 'a.md', 'secret.md', 'link.md', 'gone.md', '~', 'a.log'];
const disguised = ['%2e%2e', '\uff0e\uff0e', '..\\', '\0', '....//', 'a.md\0.log', 'CON', '\u2025'];
const path = fc
  .tuple(
    fc.constantFrom('', '/', folder, `${inside}/`, 'file://', '../', '//'),
    fc.array(fc.constantFrom(...names, ...disguised), { maxLength: 8 }),
    fc.constantFrom('', '.md', '.log', '/'),
  )
  .map(([start, pieces, end]) => start + pieces.join('/') + end);

const config = gatewayConfigSchema.parse({
  runbooks: { folder: inside },
  logs: { folder: inside },
  apis: { allow: [{ url: 'https://api.example.com/v1/', methods: ['GET', 'POST'] }] },
  remediation: {
    unsandboxed: true,
    commands: {
      careful: { argv: ['node', '-e', '', '{{target}}'] },
      open: { argv: ['printf', '%s', '{{target}}'], targets: '[\\s\\S]*' },
    },
  },
});
const toolbox = toolboxFor({ allow: ['api.example.com'], folder });
const remediation = new RemediationTool(config.remediation, toolbox, 100_000);

/** Of all calls so far. */
let slowestMs = 0;
async function timed(tool: Tool, given: JsonObject) {
  const startedAt = busyMs();
  const result = await tool.run(given, call());
  slowestMs = Math.max(slowestMs, busyMs() - startedAt);
  return result;
}

describe('words that somebody made to do harm', () => {
  beforeAll(() => {
    console.log(`seed ${seed}`);
    mkdirSync(join(inside, 'in'), { recursive: true });
    mkdirSync(join(folder, 'outside'));
    for (const name of ['secret.md', 'outside/secret.md', 'outside/a.md', 'outside/a.log', 'a.log'])
      writeFileSync(join(folder, name), `${CANARY}\n`);
    for (const name of ['a.md', 'in/a.md', 'a.log']) writeFileSync(join(inside, name), 'within\n');
    symlinkSync(join(folder, 'secret.md'), join(inside, 'link.md'));
    symlinkSync(join(folder, 'outside'), join(inside, 'out'));
    symlinkSync(join(folder, 'not-there'), join(inside, 'gone.md'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('GTW-7: 10 000 targets: what is let through is a plain word, by tool and by policy', async () => {
    const commands = { careful: '[a-z][a-z0-9.-]{0,20}' };
    const allow = [{ caller: 'a', tools: ['execute_remediation'], commands }];
    const counts = new InMemoryRecentCounts();
    const policy = new Policy({ allow }, { environment: 'test', file: '/gateway.yaml', counts });
    const passed = { policy: 0, tool: 0 };
    const judge = async (command: string, target: string) => {
      const given = { command, target };
      const tool = 'execute_remediation';
      const request = { caller: 'a', tool, arguments: given, inputSchema: {} };
      const { allowed } = await policy.verdictOn(request);
      expect(allowed).toBe(command === 'careful' && /^[a-z][a-z0-9.-]{0,20}(?!\n)$/.test(target));
      if (allowed) passed.policy++;
      if (command !== 'careful') return;
      const taken = remediation.objectionTo(given) === undefined;
      expect(taken).toBe(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}(?!\n)$/.test(target));
      if (taken) passed.tool++;
    };
    const command = fc.oneof({ weight: 4, arbitrary: fc.constant('careful') }, word);
    await fc.assert(fc.asyncProperty(command, word, judge), settings);
    expect(passed.policy).toBeGreaterThan(0);
    expect(passed.tool).toBeGreaterThan(0);
  });

  it('GTW-7: what a command takes whatever it is stays one word, and no shell reads it', async () => {
    const run = async (target: string) => {
      const result = await timed(remediation, { command: 'open', target });
      expect(result).toMatchObject({
        status: 'succeeded',
        result: { stdout: target.toWellFormed() },
      });
    };
    await fc.assert(fc.asyncProperty(word, run), { ...settings, numRuns: PROGRAM_RUNS });
    expect(existsSync(marker)).toBe(false);
    expect(slowestMs).toBeLessThan(CALL_MAX_MS);
  });

  it('GTW-7: 10 000 paths: no runbook and no log is read outside of its folder', async () => {
    const runbooks = new RunbookTool(config.runbooks, toolbox);
    const logs = new LogsTool(config.logs, toolbox);
    let read = 0;
    const ask = async (name: string) => {
      const results = [await timed(runbooks, { path: name }), await timed(logs, { file: name })];
      expect(JSON.stringify(results)).not.toContain(CANARY);
      read += results.filter(({ status }) => status === 'succeeded').length;
    };
    await fc.assert(fc.asyncProperty(path, ask), settings);
    expect(read).toBeGreaterThan(0);
    expect(slowestMs).toBeLessThan(CALL_MAX_MS);
  });

  it('GTW-7: 10 000 URLs: call_api objects to each that is not under its list', () => {
    const tool = new CallApiTool(config.apis, toolbox);
    const judge = (url: string) => {
      const given = { method: 'GET', url };
      expect(tool.objectionTo(given)).toEqual(expect.any(String));
    };
    fc.assert(fc.property(hostileUrl, judge), settings);
    expect(tool.objectionTo({ method: 'GET', url: 'https://api.example.com/v1/a' })).toBe(
      undefined,
    );
  });
});
