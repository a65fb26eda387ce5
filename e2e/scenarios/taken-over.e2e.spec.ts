import { agentSchema } from '@signalbox/contracts';
import { eventually } from '@signalbox/testing';
import { ofType } from '../fleet/audit-log.ts';
import { commandsLeft } from '../fleet/queues.ts';
import { Stage } from '../fleet/stage.ts';
import { TcpGate } from '../fleet/tcp-gate.ts';
import { whenAnswered } from '../fleet/when-answered.ts';
import { textOf, type Asked, type Reply } from '../model/conversation.ts';

/** A lost message is given to somebody else after 30 s; what is handed over does not wait for it. */
const HANDED_OVER_MAX_MS = 18_000;
const CANCELLED_MAX_MS = 120_000;
const QUIET_MAX_MS = 120_000;

const agent = agentSchema.parse({
  id: 'worker',
  name: 'Worker',
  role: 'You are worker.',
  tools: ['call_api'],
  stepsMax: 5,
});

/** One effect, then the end. */
function script(_: string, results: number, counterUrl: string): Reply {
  if (results > 0) return { text: 'It is done.' };
  const post = { method: 'POST', url: `${counterUrl}/effects`, body: {} };
  return { calls: [{ name: 'call_api', arguments: post }] };
}

const about = (title: string) => (asked: Asked) =>
  textOf(asked).includes(title) && textOf(asked).includes('You are worker.');

describe('a run whose process is gone, or comes back', () => {
  const bed = new AsyncDisposableStack();
  let stage: Stage;
  let gate: TcpGate;

  beforeAll(async () => {
    const { PATH = '', HOME = '' } = process.env;
    const members = ['tool-gateway-1', 'router', 'ingest'];
    stage = await Stage.start({ members, agents: [agent], script, shell: { PATH, HOME } }, bed);
    gate = await TcpGate.start(stage.fleet.brokers[0].port);
    bed.defer(() => gate.stop());
    // At first the only one, so that it has what is about to begin.
    const natsUrl = `nats://127.0.0.1:${gate.port}`;
    stage.fleet.add('agent-runner-1', { SIGNALBOX_NATS_URL: natsUrl });
    await stage.fleet.whenReady();
  });
  afterAll(() => bed.disposeAsync());

  it('AGT-2, AGT-4: a zombie’s append and its tool call are both refused', async () => {
    const { fleet, model } = stage;
    const zombie = fleet.member('agent-runner-1');
    const held = model.holdNext(about('asks its model'));
    const asking = await stage.begin('worker', 'asks its model');
    await held.whenAsked;

    // The other run’s call is in the journal, and stays in the zombie’s hands.
    const onItsWay = gate.holdAt('cmd.default.tool-gateway.');
    const calling = await stage.begin('worker', 'calls its tool');
    await onItsWay;
    zombie.suspend();
    const { data: requested } = await stage.event(calling, 'execution.tool_requested');

    fleet.add('agent-runner-2');
    await fleet.whenReady();
    // The first order may be delivered to the zombie; the next one is not.
    const cancel = `/api/executions/${calling}/cancel`;
    const order = () => fleet.call(cancel, { body: { reason: 'It is stuck.' } });
    const isOver = async () => [200, 409].includes((await whenAnswered(order)).status);
    await eventually(isOver, CANCELLED_MAX_MS, 'an order that is carried out');
    expect(await stage.end(calling)).toMatchObject({ data: { reason: 'cancelled' } });
    expect(await stage.end(asking)).toMatchObject({ type: 'execution.completed' });
    const before = [await stage.story(asking), await stage.story(calling)];

    zombie.resume();
    gate.release();
    held.release();
    await held.whenOver;
    const refused = await stage.event(requested.use.callId, 'toolcall.refused');
    expect(refused.data.clause).toBe('run_moved_on');
    const quiet = async () => (await whenAnswered(() => commandsLeft(fleet.connection))) === 0;
    await eventually(quiet, QUIET_MAX_MS, 'an empty queue');

    expect([await stage.story(asking), await stage.story(calling)]).toEqual(before);
    const effects = await stage.counter.effects();
    expect(effects.get(requested.use.callId)).toBeUndefined();
    expect([...effects.values()]).toEqual([1]);
  });

  it('AGT-8: a runner that is told to stop hands its runs over at once', async () => {
    const { fleet, model } = stage;
    // Whoever has the run, there is somebody else.
    fleet.add('agent-runner-3');
    await fleet.whenReady();
    const held = model.holdNext(about('is handed over'));
    const run = await stage.begin('worker', 'is handed over');
    await held.whenAsked;
    const [activation] = ofType(await stage.story(run), 'execution.activated');
    const [name = ''] = activation?.data.runner.split('/') ?? [];

    // It gives itself up, with another code, when that takes too long.
    expect(await fleet.member(name).end()).toBe(0);
    const stoppedAt = performance.now();

    const end = await stage.end(run);
    expect(end.type).toBe('execution.completed');
    expect(performance.now() - stoppedAt).toBeLessThan(HANDED_OVER_MAX_MS);
    const runners = ofType(await stage.story(run), 'execution.activated').map(
      ({ data }) => data.runner.split('/')[0],
    );
    expect(runners.length).toBeGreaterThan(1);
    expect(runners.slice(1)).not.toContain(name);
    await held.whenOver;
  });
});
