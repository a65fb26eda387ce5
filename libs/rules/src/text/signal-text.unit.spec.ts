import { cpuMsOf, signal } from '../signals.fixture.spec.ts';
import { signalText, viewsOf } from './signal-text.ts';

const namesAndTexts = (payload: Parameters<typeof signal>[0]) =>
  viewsOf(signal(payload)).map(({ name, text }) => [name, text]);

describe('the texts of a signal', () => {
  it('RUL-3: the raw one is as the contract has it', () => {
    expect(signalText(signal())).toBe(
      '[DATADOG] alert: High CPU on web-server-03\n' +
        'Payload: {"host":"web-server-03","cpu_percent":97.3,"duration_minutes":5}',
    );
  });

  it('RUL-3: are the raw, the plain, and what each kind of disguise hides', () => {
    const payload = {
      run: { args: ['sh', '-c', `r''m -rf /`] },
      sql: 'DR/**/OP /* x */ TABLE -- now\nusers',
      path: 'a%20b',
    };
    expect(namesAndTexts({ title: 'Ｈ\u200bi', payload })).toEqual([
      ['raw', expect.stringContaining('"path":"a%20b"')],
      [
        'plain',
        '[DATADOG] alert: Ｈ\u200bi\n' +
          `run.args: sh -c r''m -rf /\n` +
          'sql: DR/**/OP /* x */ TABLE -- now\nusers\npath: a%20b',
      ],
      ['sanitised', expect.stringMatching(/^\[datadog\] alert: hi .* path: a%20b .* path: a b$/)],
      ['sanitised', expect.stringContaining('sql: drop table -- now users')],
      ['sql', expect.stringContaining('sql: drop table users path: a b')],
      ['sql', expect.stringContaining('sql: dr op table users path: a b')],
      ['commands', expect.stringContaining('rm -f -r /')],
    ]);
  });

  it('RUL-3: none of them is there twice', () => {
    const plain = namesAndTexts({ payload: {} });
    expect(plain.map(([name]) => name)).toEqual(['raw', 'plain', 'sanitised']);
  });

  it.each([
    ['names', { ['k'.repeat(30_000)]: Array.from({ length: 15_000 }, () => 1) }],
    [
      'names of objects',
      {
        ['k'.repeat(30_000)]: Object.fromEntries(
          Array.from({ length: 4_000 }, (_, i) => [`n${i}`, i]),
        ),
      },
    ],
    ['letters', 'ﷺ'.repeat(20_000)],
    ['escapes', '%25'.repeat(20_000)],
    ['comments', '/*'.repeat(30_000)],
    ['ends of comments', `${'/*'.repeat(15_000)}${'*/'.repeat(15_000)}`],
    ['elements', '<a>rm</a>'.repeat(6_000)],
    ['lists', '\n- rm'.repeat(10_000)],
    ['brackets in a text', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['documents', JSON.stringify(JSON.stringify(['rm '.repeat(20_000)]))],
  ])('RUL-3: do not grow beyond measure by %s', (_, payload) => {
    const of = signal({ payload });
    const bytes = Buffer.byteLength(JSON.stringify(payload));
    let chars = 0;
    const tookMs = cpuMsOf(() => {
      chars = viewsOf(of).reduce((sum, { text }) => sum + text.length, 0);
    });
    expect(chars).toBeLessThan(20 * bytes);
    expect(tookMs).toBeLessThan(2_000);
  });
});
