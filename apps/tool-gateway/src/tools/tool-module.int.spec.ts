import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseGatewayConfig } from '../gateway-config/read-gateway-config.ts';
import type { ToolSource } from '../ports/tool.port.ts';
import { Redactor } from '../secrets/redactor.ts';
import { call, startPeer, toolboxFor, type Peer } from './peer.fixture.spec.ts';
import { ToolModule } from './tool-module.ts';
import { toolSources } from './tool-sources.ts';

const guides = new URL('../../../../docs/guides/', import.meta.url).pathname;
const guide = readFileSync(join(guides, 'add-a-tool.md'), 'utf8');
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, 'g'))].map(
    ([, text]) => text ?? '',
  );

describe('a tool of your own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-module-'));
  const redactor = new Redactor();
  let catalogue: Peer;
  beforeAll(async () => {
    catalogue = await startPeer();
  });
  afterAll(() => {
    catalogue.close();
    rmSync(folder, { recursive: true });
  });

  function sourceOf(yaml: string, within: string): ToolSource {
    const text = yaml.replaceAll('127.0.0.1:8080', new URL(catalogue.origin).host);
    const config = parseGatewayConfig(text, 'guide', {});
    const allow = [new URL(catalogue.origin).host];
    const env = { CATALOGUE_TOKEN: 'token-of-catalogue' };
    const toolbox = toolboxFor({ allow, env, folder: within }, redactor);
    const sources = toolSources({ ...config, file: '', folder: within }, toolbox);
    const name = Object.keys(config.tools)[0] ?? '';
    const source = sources.find((candidate) => candidate.owns(name));
    if (!source) throw new Error('no source');
    return source;
  }

  async function toolOf(code: string, line = '') {
    const file = `tool-${Math.random()}.mjs`;
    writeFileSync(join(folder, file), code);
    const [tool] = await sourceOf(`tools: { mine: { module: ./${file}${line} } }`, folder).tools();
    if (!tool) throw new Error('no tool');
    return tool;
  }

  it('GTW-3: is the file and the line of the guide, and nothing else', async () => {
    const [code = ''] = blocks('js');
    expect(code).toBe(readFileSync(join(guides, 'examples', 'service-owner.tool.mjs'), 'utf8'));
    const source = sourceOf(blocks('yaml').join('\n'), join(guides, 'examples'));
    const [tool] = await source.tools();
    expect(tool).toMatchObject({
      definition: { name: 'get_service_owner', description: expect.stringContaining('owns') },
      approvalRequired: false,
      repeatable: true,
    });
    catalogue.answer = { body: { owner: 'payments', channel: '#payments' } };
    expect(await tool?.run({ service: 'checkout' }, call())).toEqual({
      status: 'succeeded',
      result: { service: 'checkout', owner: 'payments', channel: '#payments' },
    });
    expect(catalogue.received).toMatchObject([
      {
        url: { pathname: '/services/checkout' },
        headers: { authorization: 'Bearer token-of-catalogue' },
      },
    ]);
    expect(redactor.redact('token-of-catalogue')).toBe('[redacted]');
    catalogue.answer = { code: 404, body: 'no such service' };
    expect(await tool?.run({ service: 'x' }, call())).toMatchObject({
      status: 'failed',
      code: 'http_status',
    });
  });

  const empty = `description: 'x', inputSchema: { type: 'object' }`;

  it('GTW-6: is as careful as can be unless its line says otherwise', async () => {
    const tool = await toolOf(`export const tool = { ${empty}, run() {} };`);
    expect(tool).toMatchObject({ approvalRequired: true, repeatable: false });
  });

  const ring = '(() => { const a = {}; return Object.assign(a, { a, b: a }); })()';

  it.each([
    'undefined',
    'null',
    '{ status: "done" }',
    '{ status: "succeeded" }',
    '1n',
    '() => 1',
    '{ status: "succeeded", result: { id: 10n } }',
    '{ status: "succeeded", result: () => 1 }',
    '{ status: "succeeded", result: { toJSON() { throw new Error("no JSON"); } } }',
    `{ status: "succeeded", result: ${ring} }`,
    '{ get status() { throw new Error("no status"); } }',
  ])('GTW-6: nobody knows what one did that answers %s', async (answer) => {
    const tool = await toolOf(`export const tool = { ${empty}, run: async () => (${answer}) };`);
    expect(await tool.run({}, call())).toMatchObject({
      status: 'interrupted',
      code: 'unexpected_result',
    });
  });

  it('hands on of a result what JSON has of it', async () => {
    const result = '{ at: new Date(0), of: new Map([[1, 2]]), n: NaN, run() {} }';
    const run = `run: () => ({ status: 'succeeded', result: ${result} })`;
    const tool = await toolOf(`export const tool = { ${empty}, ${run} };`);
    expect(await tool.run({}, call())).toEqual({
      status: 'succeeded',
      result: { at: '1970-01-01T00:00:00.000Z', of: {}, n: null },
    });
  });

  it.each(['new Error("no luck")', '"no luck"', 'undefined', 'Object.create(null)', 'odd'])(
    'GTW-6: nobody knows what one did that throws %s',
    async (thrown) => {
      const odd = 'const odd = { get constructor() { throw 1; }, [Symbol.toPrimitive]: 1 };';
      const run = `run() { ${odd} throw ${thrown}; }`;
      const tool = await toolOf(`export const tool = { ${empty}, ${run} };`);
      expect(await tool.run({}, call())).toMatchObject({
        status: 'interrupted',
        code: 'tool_crashed',
      });
    },
  );

  it('GTW-6: nobody knows what one did whose credential is missing after it has asked', async () => {
    const send = `ask('x', { method: 'POST', url: '${catalogue.origin}' })`;
    const run = `run: async ({ first }, { ask, secret }) => {
      if (first) await ${send};
      await secret('env:GONE');
    }`;
    const tool = await toolOf(`export const tool = { ${empty}, ${run} };`);
    expect(await tool.run({}, call())).toMatchObject({
      status: 'failed',
      code: 'missing_credential',
    });
    expect(await tool.run({ first: true }, call())).toMatchObject({
      status: 'interrupted',
      code: 'tool_crashed',
      message: expect.stringContaining('env:GONE'),
    });
  });

  it('may say nothing of how much it reads, and is an object with other members', async () => {
    catalogue.answer = { body: 'x'.repeat(1_000_001) };
    const members = `url: '${catalogue.origin}',
      run(_, { ask }) { return ask('x', { method: 'GET', url: this.url }); }`;
    const tool = await toolOf(`export const tool = { ${empty}, ${members} };`);
    expect(await tool.run({}, call())).toMatchObject({ code: 'answer_too_large' });
  });

  it('GTW-7: reaches nothing that is not listed', async () => {
    const send = `ask('x', { method: 'GET', url: 'http://169.254.169.254/', timeoutMs: 99, bytesMax: 9 })`;
    const tool = await toolOf(`export const tool = { ${empty}, run: (_, { ask }) => ${send} };`);
    expect(await tool.run({}, call())).toMatchObject({
      status: 'failed',
      code: 'host_not_allowed',
    });
  });

  it('GTW-5: may object to arguments', async () => {
    const objection = `objectionTo: ({ n }) => (n > 1 ? 'too many' : undefined)`;
    const tool = await toolOf(`export const tool = { ${empty}, ${objection}, run() {} };`);
    expect([tool.objectionTo?.({ n: 2 }), tool.objectionTo?.({ n: 1 })]).toEqual([
      'too many',
      undefined,
    ]);
  });

  it.each([
    ['() => { throw new Error("no luck"); }', /no verdict.*Error: no luck$/],
    ['() => { throw Object.create(null); }', /no verdict/],
    ['() => ({})', /no verdict.*no text/],
    ['async () => "too late"', /no verdict.*no text/],
    ['() => "x".repeat(1_000_000)', /^x{2000}…$/],
  ])('GTW-5: objects to arguments if nobody knows whether it does: %s', async (code, objection) => {
    const tool = await toolOf(`export const tool = { ${empty}, objectionTo: ${code}, run() {} };`);
    expect(tool.objectionTo?.({})).toMatch(objection);
  });

  it('GTW-3: is not waited for for ever when its file does not load', async () => {
    writeFileSync(join(folder, 'endless.mjs'), 'await new Promise(() => {});');
    const config = { module: './endless.mjs', config: {}, repeatable: false, approval: true };
    const options = { name: 'mine', config, toolbox: toolboxFor({ folder }), loadMaxMs: 50 };
    await expect(new ToolModule(options).tools()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('not loaded'),
    });
  });

  it.each([
    ['throw new Error("no luck");', /no luck/],
    ['throw null;', /null/],
    ['export const other = 1;', /tool/],
    [`export const tool = { ${empty} };`, /is no function/],
    ['export const tool = { run() {} };', /description/],
    ['this is no code', /Unexpected|token|identifier/i],
  ])('GTW-3: is not offered, and says why: %s', async (code, why) => {
    await expect(toolOf(code)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(why),
    });
  });

  it('GTW-3: is not offered when its file is not there', async () => {
    const source = sourceOf('tools: { mine: { module: ./gone.mjs } }', folder);
    await expect(source.tools()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('GTW-3: may not take the name of another', () => {
    const yaml = 'tools: { call_api: { module: ./x.mjs } }';
    expect(() => sourceOf(yaml, folder)).toThrow(/tools\.call_api: there is a tool of that name/);
    expect(() => sourceOf('tools: { a__b: { module: ./x.mjs } }', folder)).toThrow(/__/);
  });
});
