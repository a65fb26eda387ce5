import { allEvents, executionStarted, toolRequested, type ToolOutcome } from '@signalbox/contracts';
import { digestOf, newId } from '@signalbox/kernel';
import type { EventStore } from '@signalbox/messaging';
import { InMemoryEventStore, specContext } from '@signalbox/testing';
import { executionDecider, type ExecutionCommand } from './execution.decider.ts';
import { Journals } from './journals.ts';
import { planOf } from './platform.fixture.spec.ts';

const MEGABYTE = 1024 * 1024;

/** Counts what is read, as nobody else can see whether something was. */
class CountingStore extends InMemoryEventStore {
  reads = 0;
  override read(...given: Parameters<EventStore['read']>) {
    this.reads++;
    return super.read(...given);
  }
}

describe('the journals that a process remembers', () => {
  const setUp = () => {
    const store = new CountingStore({ definitions: allEvents });
    return { store, journals: new Journals(store) };
  };

  /** A run that waits for a tool, left by `journals`. */
  async function leave(journals: Journals, objective = 'mend') {
    const executionId = newId();
    const callId = newId();
    const journal = await journals.open(executionId, 'me');
    const started = executionStarted.of({
      executionId,
      signalId: newId(),
      objective,
      input: {},
      riskLevel: 'low',
      approvalRequired: false,
      plan: planOf('a'),
    });
    const use = { callId, tool: 'look', arguments: {} };
    const requested = toolRequested.of({ step: 1, use, definitionDigest: digestOf('x') });
    journal.observe([started]);
    journal.record(requested);
    await journal.flush(specContext);
    journals.remember(journal);
    journals.close();
    const outcome: ToolOutcome = { status: 'succeeded', result: null };
    const answer: ExecutionCommand = { type: 'settle_tool', executionId, callId, outcome };
    return { executionId, answer };
  }

  it('are not read for the answer that the run waits for, nor is the run taken over anew', async () => {
    const { store, journals } = setUp();
    const { executionId, answer } = await leave(journals);
    store.reads = 0;
    const journal = await journals.open(executionId, 'me again', answer);
    expect(store.reads).toBe(0);
    journal.observe(executionDecider.decide(answer, journal.state));
    await journal.flush(specContext);
    const { events } = await store.read({ aggregate: 'execution', id: executionId });
    expect(events.map(({ type }) => type)).toEqual([
      'execution.started',
      'execution.activated',
      'execution.tool_requested',
      'execution.tool_settled',
    ]);
  });

  it.each([
    ['an answer to something else', { callId: newId() }],
    ['another command', { type: 'continue' as const }],
  ])('are read for %s', async (_, given) => {
    const { store, journals } = setUp();
    const { executionId, answer } = await leave(journals);
    store.reads = 0;
    await journals.open(executionId, 'me', { ...answer, ...given } as ExecutionCommand);
    expect(store.reads).toBe(1);
  });

  it('are no use to who comes late: the first append is a conflict, and the log is read', async () => {
    const { store, journals } = setUp();
    const { executionId, answer } = await leave(journals);
    const elsewhere = await new Journals(store).open(executionId, 'somebody else', answer);
    elsewhere.record(...executionDecider.decide(answer, elsewhere.state));
    await elsewhere.flush(specContext);
    const late = await journals.open(executionId, 'me', answer);
    late.observe(executionDecider.decide(answer, late.state));
    await expect(late.flush(specContext)).rejects.toMatchObject({ kind: 'conflict' });
    expect(late.holdsRun).toBe(false);
    const journal = await journals.open(executionId, 'me', answer);
    expect(executionDecider.decide(answer, journal.state)).toEqual([]);
  });

  it('AGT-8: are forgotten when they take too much, those that were left first before the others', async () => {
    const { store } = setUp();
    const journals = new Journals(store, MEGABYTE);
    const runs = [];
    for (let n = 0; n < 12; n++) runs.push(await leave(journals, 'x'.repeat(MEGABYTE / 8)));
    store.reads = 0;
    const [first] = runs;
    const last = runs.at(-1);
    if (!first || !last) throw new Error('no runs');
    await journals.open(first.executionId, 'me', first.answer);
    expect(store.reads).toBe(1);
    await journals.open(last.executionId, 'me', last.answer);
    expect(store.reads).toBe(1);
  });
});
