import { agentSchema, allEvents, leaseExpired, leaseGranted } from '@signalbox/contracts';
import { deriveId, newId, SystemClock } from '@signalbox/kernel';
import { JetStreamEventStore } from '@signalbox/messaging';
import { ofType } from '../fleet/audit-log.ts';
import { ENVIRONMENT } from '../fleet/fleet.ts';
import { Stage } from '../fleet/stage.ts';
import { resultsIn, textOf, type Asked, type Reply } from '../model/conversation.ts';

const LEASE_MS = 600_000;
const MEMBERS = ['agent-runner-1', 'tool-gateway-1', 'approval', 'router', 'ingest'];

const one = { id: 'approver', name: 'A', role: 'You are approver. Version one.', stepsMax: 5 };
const agents = [
  { ...one, tools: ['execute_remediation'] },
  { id: 'thinker', name: 'Thinker', role: 'You are thinker.', tools: [], stepsMax: 3 },
  { id: 'boss', name: 'B', role: 'You are boss.', tools: [], agents: ['thinker'], stepsMax: 3 },
  {
    id: 'owner',
    name: 'Owner',
    role: 'You are owner.',
    tools: ['call_api'],
    stepsMax: 5,
    resource: '{{service}}',
  },
].map((agent) => agentSchema.parse(agent));

/** Each agent uses its one tool, `owner` three times, and then has done its work. */
function script(agent: string, results: number, counterUrl: string): Reply {
  const url = `${counterUrl}/effects`;
  const use: Readonly<Record<string, Reply>> = {
    approver: {
      calls: [{ name: 'execute_remediation', arguments: { command: 'count', target: 'x' } }],
    },
    boss: { calls: [{ name: 'agent__thinker', arguments: { objective: 'Think.' } }] },
    owner: { calls: [{ name: 'call_api', arguments: { method: 'POST', url, body: {} } }] },
  };
  const uses = agent === 'owner' ? 3 : 1;
  return (results < uses ? use[agent] : undefined) ?? { text: `${agent} is done.` };
}

const about = (title: string, agent: string) => (asked: Asked) =>
  textOf(asked).includes(title) && textOf(asked).includes(`You are ${agent}.`);

describe('runs of agents', () => {
  const bed = new AsyncDisposableStack();
  let stage: Stage;

  beforeAll(async () => {
    const { PATH = '', HOME = '' } = process.env;
    stage = await Stage.start({ members: MEMBERS, agents, script, shell: { PATH, HOME } }, bed);
  });
  afterAll(() => bed.disposeAsync());

  const post = (path: string, body: object) => stage.fleet.call(path, { body });
  const cancel = (run: string) => post(`/api/executions/${run}/cancel`, { reason: 'Not needed.' });

  it('AGT-1: a run ends under the versions it began with, whatever is deployed meanwhile', async () => {
    const { fleet, model } = stage;
    const run = await stage.begin('approver', 'begins before');
    const { data: awaited } = await stage.event(run, 'execution.approval_awaited');

    const body = { ...one, role: 'You are approver. Version two.', tools: ['call_api'] };
    const { stepsMax: max_steps, ...rest } = body;
    const path = '/api/agents/approver';
    const changed = await fleet.call(path, { method: 'PUT', body: { ...rest, max_steps } });
    expect(changed.status).toBe(200);
    await fleet.member('agent-runner-1').end();
    fleet.add('agent-runner-1');
    await fleet.whenReady();
    await post(`/api/approvals/${awaited.approvalId}`, { approved: true });

    expect((await stage.end(run)).type).toBe('execution.completed');
    const { data: started } = await stage.event(run, 'execution.started');
    expect(started.plan).toMatchObject({ agentVersion: 1 });
    const asked = model.asked.filter(about('begins before', 'approver'));
    expect(asked).toHaveLength(2);
    for (const { tools = [], ...conversation } of asked) {
      expect(textOf(conversation)).toContain('Version one.');
      expect(tools.map((tool) => tool.function.name)).toEqual(['execute_remediation']);
    }

    const later = await stage.begin('approver', 'begins after');
    await stage.end(later);
    const [next] = model.asked.filter(about('begins after', 'approver'));
    expect(textOf(next as Asked)).toContain('Version two.');
    expect(next?.tools?.map((tool) => tool.function.name)).toEqual(['call_api']);
  });

  it('AGT-3: a run that is cancelled ends at once, and its model call with it', async () => {
    const held = stage.model.holdNext(about('is cancelled', 'thinker'));
    const run = await stage.begin('thinker', 'is cancelled');
    await held.whenAsked;
    const ordered = await cancel(run);
    // 202 where the machine is too busy to tell in time.
    expect([200, 202]).toContain(ordered.status);
    expect(await ordered.json()).toMatchObject({ execution_id: run });
    await held.whenOver;
    const end = await stage.end(run);
    expect(end).toMatchObject({ data: { reason: 'cancelled', detail: 'Not needed.' } });
    expect((await cancel(run)).status).toBe(409);
    expect((await stage.story(run)).at(-1)).toEqual(end);
  });

  it('AGT-3: an agent uses another one as a tool, and hears what came of it', async () => {
    const run = await stage.begin('boss', 'is handed on');
    expect((await stage.end(run)).type).toBe('execution.completed');
    const { data: requested } = await stage.event(run, 'execution.tool_requested');
    expect(requested.use.tool).toBe('agent__thinker');
    const { data: settled } = await stage.event(run, 'execution.tool_settled');
    expect(settled.outcome).toEqual({
      status: 'succeeded',
      result: { summary: 'thinker is done.' },
    });
    const child = deriveId(requested.use.callId, 'run');
    const { data: started } = await stage.event(child, 'execution.started');
    expect(started).toMatchObject({ objective: 'Think.', parent: { executionId: run, depth: 1 } });
  });

  it('AGT-3: with a run that is cancelled end those of its sub-agents', async () => {
    const held = stage.model.holdNext(about('is given up', 'thinker'));
    const run = await stage.begin('boss', 'is given up');
    await held.whenAsked;
    await cancel(run);
    await held.whenOver;
    const { data: requested } = await stage.event(run, 'execution.tool_requested');
    const child = await stage.end(deriveId(requested.use.callId, 'run'));
    expect(child).toMatchObject({ data: { reason: 'cancelled' } });
    expect(await stage.end(run)).toMatchObject({ data: { reason: 'cancelled' } });
  });

  /** Has the resource, and is about to act on it again. */
  const beginHolding = async (title: string, service: string) => {
    const isSecond = (asked: Asked) => about(title, 'owner')(asked) && resultsIn(asked) === 1;
    const held = stage.model.holdNext(isSecond);
    const run = await stage.begin('owner', title, { service });
    await held.whenAsked;
    return { run, release: held.release };
  };

  it('AGT-4: of two agents that act on one resource one waits, then goes on', async () => {
    const { run: first, release } = await beginHolding('comes first', 'search');
    const second = await stage.begin('owner', 'comes second', { service: 'search' });
    const { data: awaited } = await stage.event(second, 'execution.lease_awaited');
    expect(awaited).toEqual({ resource: 'search', heldBy: first });
    release();
    const end = await stage.end(first);
    const got = await stage.event(second, 'execution.lease_observed');
    expect(got.record.sequence).toBeGreaterThan(end.record.sequence);
    expect((await stage.end(second)).type).toBe('execution.completed');
    const { data: had } = await stage.event(first, 'execution.lease_observed');
    expect(got.data.token).toBeGreaterThan(had.token);
  });

  /** As a process does whose clock is that much ahead. */
  const passOn = async (resource: string, from: string, to: string) => {
    const store = new JetStreamEventStore({
      connection: stage.fleet.connection,
      env: ENVIRONMENT,
      definitions: allEvents,
      clock: new SystemClock(),
      source: 'e2e',
    });
    const ref = { aggregate: 'lease', id: resource };
    const { head } = await store.read(ref, { fresh: true });
    const until = new Date(Date.now() + LEASE_MS).toISOString();
    const id = newId();
    const events = [
      leaseExpired.of({ executionId: from }),
      leaseGranted.of({ executionId: to, until }),
    ];
    const context = { correlationId: id, causationId: id, actor: 'service:e2e', epoch: 0 } as const;
    await store.append(ref, head, events, context);
  };

  it('AGT-4: a call under a lease that has passed on is refused, and the run waits again', async () => {
    const { run: slow, release } = await beginHolding('is slow', 'billing');
    const quick = await stage.begin('owner', 'is quick', { service: 'billing' });
    await stage.event(quick, 'execution.lease_awaited');
    await passOn('billing', slow, quick);
    release();
    expect((await stage.end(slow)).type).toBe('execution.completed');
    expect((await stage.end(quick)).type).toBe('execution.completed');

    const outcomes = ofType(await stage.story(slow), 'execution.tool_settled').map(
      ({ data }) => data.outcome,
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['succeeded', 'refused', 'succeeded']);
    expect(outcomes[1]).toMatchObject({ clause: 'lease_stale' });
    const tokens = ofType(await stage.story(slow), 'execution.lease_observed').map(
      ({ data }) => data.token,
    );
    expect(tokens).toHaveLength(2);
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? Infinity);
  });
});
