import { startApiStandIn, type ApiStandIn, type Routes } from '../api-stand-in.fixture.spec.ts';

const ID = '01KAJ1X0000000000000000001';
const parked = {
  call_id: ID,
  execution_id: ID,
  tool: 'execute_remediation',
  caller: 'take_action',
  arguments: { target: 'check\u001b[2Jout' },
  status: 'unknown',
  code: null,
  message: 'The gateway went away.',
  claimed_at: '2026-11-21T05:00:00.000Z',
};
const UNKNOWN = 'GET /api/tool-calls?status=unknown';
const RESOLVE = `POST /api/tool-calls/${ID}/resolve`;

describe('signalbox tool-calls', () => {
  let api: ApiStandIn;
  beforeAll(async () => {
    api = await startApiStandIn();
  });
  afterAll(() => api.stop());

  const run = (words: string, routes: Routes = {}, columns?: number) =>
    api.run(['tool-calls', ...words.split(' ')], routes, columns);

  it('CLI-1: list shows what waits for a person, and what to do about it', async () => {
    const routes: Routes = { [UNKNOWN]: [200, [parked]] };
    const { code, out } = await run('list', routes);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `${ID}  unknown, 2026-11-21 05:00 UTC`,
      '  execute_remediation {"target":"check\\u001b[2Jout"}',
      `  for take_action, execution ${ID}`,
      '  The gateway went away.',
      'look whether it took effect, then: signalbox tool-calls resolve <id> <verdict>',
    ]);
    const narrow = (await run('list', routes, 40)).out.split('\n').slice(1, 4);
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(JSON.parse((await run('list --json', routes)).out)).toEqual([parked]);
    expect((await run('list', { [UNKNOWN]: [200, []] })).out).toBe('There are none.');
  });

  it.each([
    ['list --all', 'GET /api/tool-calls?'],
    ['list --status refused', 'GET /api/tool-calls?status=refused'],
    [`list --execution ${ID}`, `GET /api/tool-calls?execution_id=${ID}`],
  ])('CLI-1: %s asks for that', async (words, path) => {
    expect((await run(words)).asked).toEqual([path]);
  });

  it('CLI-1: resolve takes a verdict and a note, and says what came of it', async () => {
    const args = ['tool-calls', 'resolve', ID, 'not_done', '--note', 'I looked'];
    const resolved = (outcome: string, message: string | null): Routes => ({
      [RESOLVE]: [200, { status: 'resolved', verdict: 'not_done', outcome, message }],
    });
    const done = await api.run(args, resolved('failed', null));
    expect(done).toMatchObject({ code: 0, out: `${ID} is failed now` });
    expect(done.asked).toEqual([`${RESOLVE} {"verdict":"not_done","note":"I looked"}`]);
    const again = await run(`resolve ${ID} retry`, resolved('unknown', 'Lost\nagain.'));
    expect(again).toMatchObject({ code: 0, out: `${ID} is unknown now: Lost again.` });
    const pending = { status: 'pending', message: 'Stored.' };
    const later = await run(`resolve ${ID} done`, { [RESOLVE]: [202, pending] });
    expect(later).toMatchObject({ code: 0, out: 'pending: Stored.' });
    const conflict = await run(`resolve ${ID} done`, { [RESOLVE]: [409, { detail: 'Settled.' }] });
    expect(conflict).toMatchObject({ code: 5, err: 'signalbox: Settled.' });
  });

  it('CLI-1: resolve knows its verdicts', async () => {
    const { code, err, asked } = await run(`resolve ${ID} perhaps`);
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(err).toContain('Allowed choices are done, not_done, retry');
  });
});
