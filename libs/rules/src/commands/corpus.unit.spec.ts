import { type Signal, signalSchema } from '@signalbox/contracts';
import { digestOf, type Json } from '@signalbox/kernel';
import * as fc from 'fast-check';
import { defaultRules } from '../default-rules.ts';
import { compileRules } from '../rule-set.ts';
import { documentIn } from '../text/payload-values.ts';
import { evasions } from './corpus/evasions.fixture.spec.ts';
import { highCpu, innocents } from './corpus/innocents.fixture.spec.ts';
import { knownFalseAlarms, knownMisses } from './corpus/known-misses.fixture.spec.ts';

const rules = compileRules(defaultRules);
const id = '01JAR000000000000000000000';
const signal = (title: string, payload: Json): Signal =>
  signalSchema.parse({
    id,
    source: 'shell-log',
    type: 'alert',
    title,
    fingerprint: 'f',
    startsAt: '2026-11-01T10:00:00Z',
    receivedAt: '2026-11-01T10:00:01Z',
    payload,
    raw: { sha256: digestOf(payload), bytes: 2, contentType: 'application/json', deliveryId: id },
    signature: 'unsigned',
  });

const everyRule = compileRules(defaultRules, { prefilter: false });

/** What decides on a text as a title, as a value of the payload and, if it is JSON, as that. */
const decides = (text: string): (string | undefined)[] => {
  const payloads: Json[] = [{ jobs: [{ command: text }] }, ...documentIn(text)];
  const names = [signal(text, {}), ...payloads.map((payload) => signal('a log', payload))].map(
    (of) => {
      const { matched } = rules.evaluate(of);
      expect(matched).toBe(everyRule.evaluate(of).matched);
      return matched?.name;
    },
  );
  return [...new Set(names)];
};

const rowsOf = (byRule: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(byRule).flatMap(([rule, texts]) => texts.map((text) => [rule, text] as const));
const rowsOfKnown = (known: typeof knownMisses) =>
  known.flatMap(({ rule, texts }) => texts.map((text) => [rule, text] as const));

describe('the corpus of commands', () => {
  it('RUL-3: has at least 150 evasions and 150 look-alikes, none of them twice', () => {
    const texts = [evasions, innocents].map((byRule) => rowsOf(byRule).map(([, text]) => text));
    for (const list of texts) {
      expect(list.length).toBeGreaterThanOrEqual(150);
      expect(new Set(list).size).toBe(list.length);
    }
  });

  it.each(rowsOf(evasions))('RUL-3: %s catches %j', (rule, text) => {
    expect(decides(text)).toEqual([rule]);
  });

  it.each(rowsOf(innocents))('RUL-3: %s leaves %j alone', (_rule, text) => {
    expect(decides(text)).toEqual([undefined]);
  });

  it.each(highCpu)('RUL-4: auto_scale_cpu fires on %j', (text) => {
    expect(decides(text)).toEqual(['auto_scale_cpu']);
  });

  it.each(rowsOfKnown(knownMisses))('RUL-3: %s is known to miss %j', (rule, text) => {
    expect(decides(text)).not.toContain(rule);
  });

  it.each(rowsOfKnown(knownFalseAlarms))('RUL-3: %s is known to take %j wrongly', (rule, text) => {
    expect(decides(text)).toContain(rule);
  });
});

const quoted = (word: string): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom('', "''", '""', '\\', '$@', '\u200b', "'", '"'), {
      minLength: word.length,
      maxLength: word.length,
    })
    .map((marks) =>
      [...word]
        .map((char, i) => {
          const mark = marks[i] ?? '';
          return mark === "'" || mark === '"' ? `${mark}${char}${mark}` : `${mark}${char}`;
        })
        .join(''),
    );
const words = fc.tuple(
  fc.constantFrom('', 'sudo ', 'env A=1 ', 'true; ', 'x | xargs ', 'nohup ', '/bin/'),
  quoted('rm'),
  fc.constantFrom(['-rf'], ['-fr'], ['-r', '-f'], ['--force', '--recursive'], ['-R']),
  fc.constantFrom('/', '//', '/.', '/*', '/usr/..', "'/'", '"/"'),
  fc.constantFrom(' ', '  ', '\t', '$IFS', ' \\\n ', '\u00a0'),
  fc.boolean(),
);
const disguised = words.map(([before, name, options, path, space, pathFirst]) =>
  [`${before}${name}`, ...(pathFirst ? [path, ...options] : [...options, path])].join(space),
);
const wrapped = fc
  .tuple(disguised, fc.constantFrom('', 'sh -c', 'json', 'prose'))
  .map(([text, how]) => {
    if (how === 'json') return JSON.stringify({ cmd: text });
    if (how === 'sh -c') return `sh -c "${text.replace(/[\\"$`]/g, '\\$&')}"`;
    return how === 'prose' ? `Please run ${text} now` : text;
  });

describe('disguises together', () => {
  it('RUL-3: block_rm_rf sees through any of them at once', () => {
    fc.assert(
      fc.property(wrapped, (text) => {
        expect(decides(text)).toEqual(['block_rm_rf']);
      }),
      { numRuns: 300 },
    );
  });
});
