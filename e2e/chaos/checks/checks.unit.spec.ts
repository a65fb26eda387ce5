import { violationsIn } from './checks.ts';
import type { Evidence } from './evidence.ts';
import {
  activated,
  call,
  claimed,
  evidenceOf,
  goodStory,
  run,
  settled,
  signal,
} from './story.fixture.spec.ts';

const end = goodStory.at(-1) as (typeof goodStory)[number];
const without = (type: string) => goodStory.filter((told) => told.type !== type);
const replaced = (type: string, by: (typeof goodStory)[number]) =>
  goodStory.map((told) => (told.type === type ? by : told));

/** In the good story, `more` stands right behind the first event of `type`. */
const behind = (type: string, ...more: typeof goodStory) => {
  const at = goodStory.findIndex((told) => told.type === type) + 1;
  return [...goodStory.slice(0, at), ...more, ...goodStory.slice(at)];
};

const leased = (type: string, executionId: string) => ({
  aggregate: 'lease',
  id: 'R',
  causationId: 'C',
  type: `lease.${type}`,
  data: { executionId },
});
const released = leased('released', 'X');
const lease = [
  leased('granted', 'X'),
  leased('requested', 'Y'),
  released,
  leased('granted', 'Y'),
  leased('expired', 'Y'),
];

const checksIn = (evidence: Evidence) => [...new Set(violationsIn(evidence).map((v) => v.check))];

describe('the checks of a campaign', () => {
  it('AGT-2: find nothing in a story as it should be', () => {
    expect(violationsIn(evidenceOf(goodStory))).toEqual([]);
  });

  it('AGT-2: find nothing in a run that goes on with whoever brings it news', () => {
    const story = goodStory.filter((told) => told !== goodStory[10]);
    expect(violationsIn(evidenceOf(story))).toEqual([]);
  });

  it('AGT-2: find nothing in a run that was taken over within a model call', () => {
    const story = behind('execution.model_call_requested', activated('again')).map((told, index) =>
      index > 5 && told.causationId === 'start' ? { ...told, causationId: 'again' } : told,
    );
    expect(violationsIn(evidenceOf(story))).toEqual([]);
  });

  it('GTW-6: find nothing in a call that is parked, whether it took effect or not', () => {
    const outcome = { status: 'unknown', message: '' };
    const story = replaced('toolcall.succeeded', call('unknown')).map((told) =>
      told === settled ? run('tool_settled', 'settle', { step: 1, callId: 'T', outcome }) : told,
    );
    expect(violationsIn(evidenceOf(story))).toEqual([]);
    expect(violationsIn(evidenceOf(story, { effects: new Map() }))).toEqual([]);
    expect(checksIn(evidenceOf(story, { effects: new Map([['T', 2]]) }))).toEqual(['effect']);
  });

  it.each([
    ['an undecided signal', without('decision.made'), ['decision']],
    [
      'a second decision',
      behind('decision.made', signal('decision.made', { outcome: 'answer' })),
      ['decision'],
    ],
    [
      'a run that was never begun',
      goodStory.filter((told) => told.aggregate !== 'execution'),
      ['run'],
    ],
    ['a run without its start', without('execution.started'), ['journal']],
    ['a second start', behind('execution.started', run('started', 'start')), ['journal']],
    ['a run without an end', goodStory.slice(0, -1), ['journal']],
    ['a second end', [...goodStory, end], ['journal']],
    ['an event behind the end', [...goodStory, activated('late')], ['journal']],
    [
      'an intent that is there twice',
      behind('execution.model_call_requested', run('model_call_requested', 'start', { step: 1 })),
      ['intent'],
    ],
    ['an intent without a result', without('execution.model_answered'), ['intent']],
    ['a result without an intent', without('execution.model_call_requested'), ['intent']],
    [
      'an event of a runner that was fenced out',
      behind('execution.model_call_requested', activated('again')),
      ['fence'],
    ],
    [
      'an event of a runner that had the run before it was told something',
      goodStory.map((told) =>
        told.type === 'execution.completed' ? { ...told, causationId: 'start' } : told,
      ),
      ['fence'],
    ],
    [
      'an activation in the name of another command',
      behind('execution.model_answered', { ...activated('start'), causationId: 'other' }),
      ['fence'],
    ],
    ['a call without an outcome', without('toolcall.succeeded'), ['call']],
    ['a second claim', behind('toolcall.claimed', claimed), ['call']],
    ['a second outcome', behind('toolcall.succeeded', call('failed')), ['call']],
    [
      'a run that was told something else',
      replaced('toolcall.succeeded', call('failed')),
      ['call'],
    ],
    ['an effect without a claim', without('toolcall.claimed'), ['claim']],
    [
      'an effect of a refused call',
      replaced('toolcall.succeeded', call('refused')),
      ['effect', 'call'],
    ],
  ])('AGT-2, GTW-6: find %s', (_, story, found) => {
    expect(checksIn(evidenceOf(story))).toEqual(found);
  });

  it.each([0, 2])('GTW-6: find a call that succeeded and took effect %d times', (times) => {
    const effects = new Map(times === 0 ? [] : [['T', times]]);
    expect(checksIn(evidenceOf(goodStory, { effects }))).toEqual(['effect']);
  });

  it('AGT-2: find a version that is missing or there twice', () => {
    const { events, ...rest } = evidenceOf(goodStory);
    expect(checksIn({ events: events.toSpliced(3, 1), ...rest })).toContain('versions');
    expect(checksIn({ events: events.toSpliced(3, 0, ...events.slice(3, 4)), ...rest })).toContain(
      'versions',
    );
  });

  it.each([
    ['nothing in a lease that goes from one to the next', lease, []],
    ['a lease that nobody gives up', lease.slice(0, -1), ['lease']],
    ['a run that waits for ever', [...lease, leased('requested', 'Z')], ['lease']],
    ['two holders at once', lease.filter((told) => told !== released), ['lease']],
  ])('AGT-4: find %s', (_, told, found) => {
    expect(checksIn(evidenceOf([...goodStory, ...told]))).toEqual(found);
  });

  it('AGT-4: find a lease that a run keeps after its last call is known to be over, no other', () => {
    const held = leased('granted', 'X');
    const outcome = { status: 'unknown', message: '' };
    const unknown = replaced('toolcall.succeeded', call('unknown')).map((told) =>
      told === settled ? run('tool_settled', 'settle', { step: 1, callId: 'T', outcome }) : told,
    );
    expect(checksIn(evidenceOf([...goodStory, held]))).toEqual(['lease']);
    expect(checksIn(evidenceOf([...unknown, held]))).toEqual([]);
    expect(checksIn(evidenceOf([...unknown.slice(0, -1), held]))).toContain('lease');
  });

  it('AGT-3: find a run that was told something else of its sub-agent, or nothing', () => {
    const parent = { executionId: 'X', callId: 'T', depth: 1 };
    const child = (type: string, data: object = {}) => ({ ...run(type, 'T', data), id: 'Y' });
    const story = (ending: string, of = goodStory) =>
      evidenceOf([...of, child('started', { parent }), child(ending)]);
    expect(violationsIn(story('completed'))).toEqual([]);
    expect(checksIn(story('failed'))).toEqual(['parent']);
    const untold = goodStory.filter((told) => told !== settled);
    expect(checksIn(story('completed', untold))).toContain('parent');
  });

  it('SIG-6: find dead letters and what is left in the queue', () => {
    expect(checksIn(evidenceOf(goodStory, { deadLetters: ['a command'] }))).toEqual([
      'dead letter',
    ]);
    expect(checksIn(evidenceOf(goodStory, { commandsLeft: 1 }))).toEqual(['queue']);
  });
});
