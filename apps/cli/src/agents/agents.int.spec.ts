import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startApiStandIn, type ApiStandIn, type Routes } from '../api-stand-in.fixture.spec.ts';

const fields = {
  name: 'Disk doctor',
  description: 'For disks\u001b[2J that fill up.',
  role: 'You look at disks.\n\nYou delete nothing.\u202e',
  input_schema: { type: 'object', required: ['host'] },
  tools: ['get_system_metrics', 'runbooks__*'],
  agents: [],
  models: [{ provider: 'anthropic', model: 'm' }],
  max_steps: 12,
  deadline_ms: 3_600_000,
  budget: { tokens: 50_000, usd: 0.5 },
  resource: null,
};
const agent = {
  id: 'disk_doctor',
  ...fields,
  version: 2,
  created_at: '2026-11-20T05:00:00.000Z',
  updated_at: '2026-11-21T05:00:00.000Z',
};
const none: Routes = {
  'GET /api/agents/disk_doctor': [404, { type: 'urn:x:agent-not-found', detail: 'None.' }],
};
const one: Routes = { 'GET /api/agents/disk_doctor': [200, agent] };
const PUT = 'PUT /api/agents/disk_doctor';

describe('signalbox agents', () => {
  let api: ApiStandIn;
  let folder: string;
  beforeAll(async () => {
    api = await startApiStandIn();
    folder = await mkdtemp(join(tmpdir(), 'signalbox-agents-'));
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  const run = (words: string, routes: Routes = {}, columns?: number) =>
    api.run(['agents', ...words.split(' ')], routes, columns);
  const set = async (text: string, routes: Routes, ...more: readonly string[]) => {
    const file = join(folder, 'agent.yaml');
    await writeFile(file, text);
    const ran = await api.run(['agents', 'set', file, ...more], routes);
    return { ...ran, err: ran.err.replaceAll(file, 'agent.yaml') };
  };

  it('CLI-1: list has two lines for each, which fit the screen and in which nothing moves', async () => {
    const least = { ...agent, id: 'a', description: null, tools: [] };
    const routes: Routes = { 'GET /api/agents': [200, [agent, least]] };
    const { code, out } = await run('list', routes);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'disk_doctor  For disks\\u001b[2J that fill up.',
      '             version 2, 12 steps at most, tools: get_system_metrics, runbooks__*',
      'a            Disk doctor',
      '             version 2, 12 steps at most, tools: none',
    ]);
    const narrow = (await run('list', routes, 40)).out.split('\n');
    expect(Math.max(...narrow.map((line) => line.length))).toBe(40);
    expect(JSON.parse((await run('list --json', routes)).out)).toEqual([agent, least]);
    expect((await run('list', { 'GET /api/agents': [200, []] })).out).toBe('There are no agents.');
  });

  it('CLI-1: show has all of it, the role line by line', async () => {
    const { code, out } = await run('show disk_doctor', one);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'disk_doctor',
      'name          Disk doctor',
      'description   For disks\\u001b[2J that fill up.',
      'tools         get_system_metrics, runbooks__*',
      'models        anthropic/m',
      'max_steps     12',
      'deadline_ms   3600000, which is 1 h 0 min',
      'budget        50000 tokens, 0.5 usd',
      'input_schema  {"type":"object","required":["host"]}',
      'version       2, of 2026-11-21 05:00:00 UTC',
      'created       2026-11-20 05:00:00 UTC',
      'role',
      '  You look at disks.',
      '',
      '  You delete nothing.\\u202e',
    ]);
    expect(JSON.parse((await run('show disk_doctor --json', one)).out)).toEqual(agent);
  });

  it('CLI-1: show --yaml is a file that set takes, in which every character is visible', async () => {
    const { out } = await run('show disk_doctor --yaml', one);
    const { resource: _none, agents: _others, ...said } = fields;
    expect(parse(out)).toEqual({ id: 'disk_doctor', ...said });
    for (const hidden of ['\u001b', '\u202e']) expect(out).not.toContain(hidden);
    const routes: Routes = { ...one, [PUT]: [200, agent] };
    const { asked, out: answer } = await set(out, routes);
    expect(answer).toBe('unchanged disk_doctor  version 2');
    expect(JSON.parse(asked[1]?.slice(PUT.length) ?? '')).toEqual({
      version: 2,
      id: 'disk_doctor',
      ...said,
    });
  });

  it('CLI-1: versions says what changed, who did, and when', async () => {
    const at = '2026-11-21T05:00:00.000Z';
    const by = 'person:operator';
    const { out } = await run('versions disk_doctor', {
      'GET /api/agents/disk_doctor/versions': [
        200,
        [
          { version: 3, change: 'deleted', by, at, agent: null },
          {
            version: 2,
            change: 'changed',
            by,
            at,
            agent: { ...fields, max_steps: 5, role: 'You look at disks.\n\nYou ask.' },
          },
          { version: 1, change: 'created', by, at, agent: fields },
        ],
      ],
    });
    expect(out.split('\n')).toEqual([
      'version 3  deleted  2026-11-21 05:00:00 UTC  by person:operator',
      'version 2  changed  2026-11-21 05:00:00 UTC  by person:operator',
      '    max_steps     - 12',
      '                  + 5',
      '    role          - You delete nothing.\\u202e',
      '                  + You ask.',
      'version 1  created  2026-11-21 05:00:00 UTC  by person:operator',
      '    Disk doctor, 12 steps, tools: get_system_metrics, runbooks__*',
    ]);
  });

  it('CLI-1: set makes an agent, or changes it and says what', async () => {
    const text = 'id: disk_doctor\nname: D\nrole: R\ntools: []\nmax_steps: 5\n';
    const added = await set(text, { ...none, 'POST /api/agents': [201, { ...agent, version: 1 }] });
    expect(added).toMatchObject({ code: 0, out: 'added disk_doctor  version 1' });
    const after = { ...agent, version: 3, max_steps: 5 };
    const changed = await set(text, { ...one, [PUT]: [200, after] });
    expect(changed.out.split('\n')).toEqual([
      'changed disk_doctor  version 3',
      '    max_steps     - 12',
      '                  + 5',
    ]);
    const pending = { status: 'pending', message: 'It is stored.', agent_id: 'disk_doctor' };
    const waits = await set(text, { ...one, [PUT]: [202, pending] });
    expect(waits.out).toBe('pending: It is stored.');
    const json = await set(text, { ...one, [PUT]: [200, after] }, '--json');
    expect(JSON.parse(json.out)).toEqual(after);
  });

  it('CLI-1: set names file, line and field of what the server refuses', async () => {
    const text = 'id: disk_doctor\nname: D\nrole: R\ntools:\n  - no_such_tool\nmax_steps: 500\n';
    const errors = [
      { field: 'tools.0', problem: 'is no tool' },
      { field: 'max_steps', problem: 'is too many' },
      { field: 'resource', problem: 'is missing' },
    ];
    const refused = { type: 'urn:x:invalid-agent', detail: 'agent: no', errors };
    const { code, err } = await set(text, { ...none, 'POST /api/agents': [422, refused] });
    expect(code).toBe(2);
    expect(err.split('\n')).toEqual([
      'signalbox: agent.yaml:5:5: tools.0: is no tool',
      '  agent.yaml:5:5: tools.0: is no tool',
      '  agent.yaml:6:12: max_steps: is too many',
      '  agent.yaml:1:1: resource: is missing',
    ]);
  });

  it.each([
    ['no map', '- a', 'agent.yaml:1:1: an agent file has the fields of one agent'],
    ['nothing', '', 'agent.yaml:1:1: an agent file has the fields of one agent'],
    ['a name twice', 'id: a\nid: b', 'agent.yaml:2:1: Map keys must be unique'],
  ])(
    'CLI-1: set says where a file with %s is wrong, and asks nobody',
    async (_name, text, line) => {
      const { code, err, asked } = await set(text, {});
      expect(code).toBe(2);
      expect(err).toContain(line);
      expect(asked).toEqual([]);
    },
  );

  it('CLI-1: set is refused when somebody else changed the agent meanwhile', async () => {
    const conflict = { type: 'urn:x:changed', detail: 'It stands at version 4.', errors: [] };
    const { code, err } = await set('id: disk_doctor', { ...one, [PUT]: [409, conflict] });
    expect({ code, err }).toEqual({ code: 5, err: 'signalbox: It stands at version 4.' });
    expect((await run('set /no/such/file')).code).toBe(2);
  });

  it('CLI-1: delete says so; of what is not there, too', async () => {
    const gone = { status: 'deleted', agent_id: 'disk_doctor' };
    const done = await run('delete disk_doctor', { 'DELETE /api/agents/disk_doctor': [200, gone] });
    expect(done).toMatchObject({ code: 0, out: 'deleted disk_doctor' });
    expect(await run('show disk_doctor', none)).toMatchObject({ code: 4, err: 'signalbox: None.' });
  });
});
