import {
  agentDefined,
  approvalRejected,
  approvalRequested,
  decisionMade,
  problemIdOf,
  problemOpened,
  problemRepeated,
  signalReceived,
  workflowDefined,
} from '@signalbox/contracts';
import {
  deriveId,
  digestOf,
  newId,
  type DomainEvent,
  type MessageContext,
} from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { signalsIn } from './intake/accept-delivery.handler.ts';
import {
  approvals,
  EXECUTION,
  startBench,
  type Answer,
  type Bench,
} from './ingest.fixture.spec.ts';

const body = { source: 'datadog', event_type: 'alert', title: 'High CPU' };

const [signal] = signalsIn({
  id: newId(),
  receivedAt: new Date('2026-11-21T05:00:00.000Z'),
  bytes: Buffer.from(JSON.stringify(body)),
  contentType: '',
  headers: {},
  body,
  source: undefined,
  idempotencyKey: undefined,
});
if (!signal) throw new Error('no signal');

const decided = decisionMade.of({
  outcome: 'run',
  by: 'model',
  riskLevel: 'high',
  target: { kind: 'agent', agent: 'diagnose_repair', objective: 'find out' },
  executionId: EXECUTION,
  approvalRequired: true,
  trace: [],
  message: '',
});

const requested = approvalRequested.of({
  approvalId: approvals.pending,
  executionId: EXECUTION,
  signalId: signal.id,
  action: {
    kind: 'tool',
    callId: deriveId(signal.id, 'call'),
    tool: 'execute_remediation',
    arguments: { command: 'restart_service', target: 'checkout' },
    definitionDigest: digestOf('x'),
  },
  description: 'restart checkout',
  riskLevel: 'high',
  replyTo: 'agent-runner',
  actionDigest: digestOf('y'),
  expiresAt: '2099-01-01T00:00:00.000Z',
});

const agent = { id: 'diagnose_repair', name: 'D', role: 'r', tools: [], stepsMax: 8 };
const step = { name: 's', tool: 't', arguments: {} };
const workflow = { id: 'restart_service', name: 'W', description: 'd', steps: [step] };

const nextOf = (answer: Answer) =>
  /<(.+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
const byService = (): MessageContext => ({
  correlationId: newId(),
  causationId: signal.id,
  actor: 'service:spec',
  epoch: 0,
});
const listOf = (answer: Answer) => answer.body as unknown as Record<string, unknown>[];

describe('the operator API', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
    const append = (aggregate: string, id: string, ...events: DomainEvent[]) => {
      const context: MessageContext = {
        correlationId: aggregate === 'agent' || aggregate === 'workflow' ? newId() : signal.id,
        causationId: signal.id,
        actor: 'service:spec',
        epoch: 0,
      };
      return bench.store.append({ aggregate, id }, NO_EVENTS, events, context);
    };
    await append('agent', agent.id, agentDefined.of({ agent }));
    await append('workflow', workflow.id, workflowDefined.of({ workflow }));
    await append('signal', signal.id, signalReceived.of({ signal }), decided);
    await append('approval', approvals.pending, requested);
    await bench.project();
  });
  afterAll(() => bench.stop());

  const get = (path: string) => bench.call(path);
  const post = (path: string, sent?: unknown) => bench.call(path, { method: 'POST', body: sent });
  const resolve = (id: string, sent: unknown) => post(`/api/approvals/${id}`, sent);

  it('OPS-1: GET / says who answers, without a key', async () => {
    const answer = await bench.call('/', { headers: { 'x-stourio-key': undefined } });
    expect(answer).toMatchObject({ status: 200 });
    expect(Object.keys(answer.body)).toEqual(['name', 'version', 'docs', 'status']);
    expect(answer.body).toMatchObject({ docs: '/docs', status: '/api/status' });
  });

  it('OBS-1: is alive and ready', async () => {
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
  });

  it.each([
    ['GET', '/api/approvals'],
    ['POST', `/api/approvals/${approvals.pending}`],
    ['POST', '/api/kill'],
    ['POST', '/api/resume'],
    ['GET', '/api/status'],
    ['GET', '/api/audit'],
    ['GET', `/api/why/${signal.id}`],
    ['GET', `/api/executions/${EXECUTION}`],
    ['GET', '/api/tool-calls'],
    ['GET', '/api/problems'],
  ])('OPS-1: %s %s asks for the key', async (method, path) => {
    const sent = method === 'POST' ? { body: {} } : {};
    const without = { method, ...sent, headers: { 'x-stourio-key': undefined } };
    expect((await bench.call(path, without)).status).toBe(401);
    const wrong = { method, ...sent, headers: { 'x-stourio-key': 'another' } };
    expect((await bench.call(path, wrong)).status).toBe(403);
  });

  it('OPS-1: an unknown path is a problem, too', async () => {
    const { status, headers } = await get('/api/nothing');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it.each([
    ['/api/why/%ff', 400],
    ['/api/executions/%', 400],
    [`/api/why/${'a'.repeat(2000)}`, 414],
    [`/api/why/${'a'.repeat(300)}`, 422],
    ['/api/why/%00', 422],
    ['/api/executions/%00', 422],
    ['/api/audit?type=%00', 422],
    ['/api/why/..%2f..', 404],
  ])('OPS-1: answers %s with a problem', async (path, code) => {
    const { status, headers, body: problem } = await get(path);
    expect(status).toBe(code);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(problem).toMatchObject({ status: code, type: expect.stringMatching(/^urn:signalbox/) });
  });

  it('APR-1: lists what waits for a person', async () => {
    const answer = await get('/api/approvals');
    expect(answer.status).toBe(200);
    expect(listOf(answer)).toMatchObject([
      {
        id: approvals.pending,
        action_description: 'restart checkout',
        risk_level: 'high',
        status: 'pending',
        stale: false,
        execution_id: EXECUTION,
        expires_at: '2099-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('APR-1: lists what waits in pages, however much it is', async () => {
    const others = [1, 2].map((n) => deriveId(signal.id, 'waits', String(n)));
    for (const approvalId of others) {
      const event = approvalRequested.of({ ...requested.data, approvalId });
      await bench.store.append(
        { aggregate: 'approval', id: approvalId },
        NO_EVENTS,
        [event],
        byService(),
      );
    }
    await bench.project();
    const idsOf = (answer: Answer) => listOf(answer).map(({ id }) => id);
    const first = await get('/api/approvals?limit=2');
    expect(idsOf(first)).toEqual([approvals.pending, others[0]]);
    const second = await get(nextOf(first));
    expect(idsOf(second)).toEqual([others[1]]);
    expect(second.headers.get('link')).toBeNull();
    expect((await get('/api/approvals?limit=3')).headers.get('link')).toBeNull();
    for (const approvalId of others) {
      const event = approvalRejected.of({ by: 'person:spec' });
      const ref = { aggregate: 'approval', id: approvalId };
      const { head } = await bench.store.read(ref);
      await bench.store.append(ref, head, [event], byService());
    }
    await bench.project();
  });

  it('APR-1: approves and rejects as the contract says', async () => {
    const granted = await resolve(approvals.pending, { approved: true, note: 'because' });
    expect(granted).toMatchObject({ status: 200 });
    expect(granted.body).toEqual({
      status: 'approved_and_executed',
      execution_id: EXECUTION,
      approval_id: approvals.pending,
    });
    const rejected = await resolve(approvals.pending, { approved: false, note: 'because' });
    expect(rejected).toMatchObject({ status: 200 });
    expect(rejected.body).toEqual({
      status: 'rejected',
      message: 'Action rejected.',
      approval_id: approvals.pending,
    });
  });

  it.each([
    ['unknown', approvals.unknown, 404],
    ['no ULID', 'nonsense', 404],
    ['resolved', approvals.resolved, 409],
  ])('APR-1: answers an approval that is %s', async (_name, id, status) => {
    expect((await resolve(id, { approved: true })).status).toBe(status);
  });

  it('APR-1: answers 410 with the text of the contract once it expired', async () => {
    const { status, body: problem } = await resolve(approvals.expired, { approved: true });
    expect(status).toBe(410);
    expect(problem['detail']).toBe(
      'Approval expired. Target state assumed mutated. Action auto-rejected.',
    );
  });

  it('APR-1: answers 202 when nobody confirms in time', async () => {
    const { status, body: answer } = await resolve(approvals.silent, { approved: true });
    expect(status).toBe(202);
    expect(answer).toMatchObject({ status: 'pending', approval_id: approvals.silent });
  });

  it.each([
    ['nothing', undefined, 400, []],
    ['no answer', {}, 422, ['approved']],
    ['text for an answer', { approved: 'yes' }, 422, ['approved']],
    ['too long a note', { approved: true, note: 'x'.repeat(2001) }, 422, ['note']],
  ])('APR-1: refuses %s', async (_name, sent, status, fields) => {
    const answer = await resolve(approvals.pending, sent);
    expect(answer.status).toBe(status);
    expect(answer.body['errors']).toMatchObject(fields.map((field) => ({ field })));
  });

  it('CTL-1: kills and resumes, each once, and the status says so', async () => {
    const killed = await post('/api/kill', { reason: 'drill' });
    expect(killed).toMatchObject({ status: 200 });
    expect(killed.body).toEqual({ status: 'killed', message: 'All operations halted.' });
    expect((await post('/api/kill')).body).toEqual(killed.body);
    await untilStatus('killed');
    const granting = await resolve(approvals.pending, { approved: true, note: 'because' });
    expect(granting).toMatchObject({ status: 409, body: { type: 'urn:signalbox:problem:halted' } });
    const refusing = await resolve(approvals.pending, { approved: false, note: 'because' });
    expect(refusing).toMatchObject({ status: 200 });
    const resumed = await post('/api/resume', { reason: null });
    expect(resumed).toMatchObject({ status: 200 });
    expect(resumed.body).toEqual({ status: 'operational', message: 'Operations resumed.' });
    expect((await post('/api/resume')).body).toEqual(resumed.body);
    await untilStatus('operational');
    expect(listOf(await get('/api/approvals'))).toMatchObject([{ stale: true }]);
    const { events } = await bench.store.read({ aggregate: 'control', id: 'global' });
    expect(events.map(({ type }) => type)).toEqual(['control.halted', 'control.resumed']);
    expect(events[0]).toMatchObject({
      data: { reason: 'drill' },
      record: { actor: 'person:operator' },
    });
  });

  /** The watch hears of a switch a moment after it is durable. */
  async function untilStatus(status: string): Promise<Answer> {
    return eventually(async () => {
      const answer = await get('/api/status');
      return answer.body['status'] === status && answer;
    });
  }

  it('OPS-1: the status has the switch, what waits, agents and workflows', async () => {
    const { status, body: answer } = await untilStatus('operational');
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      kill_switch: false,
      pending_approvals: 1,
      agents: [{ id: 'diagnose_repair', max_steps: 8 }],
      workflows: [{ id: 'restart_service', steps: [step] }],
      read_models: { status: 'ok' },
    });
  });

  it('OBS-1: the status and a metric say how far the read models are behind', async () => {
    await bench.project();
    const { connection, env } = bench;
    for (let n = 0; n < 3; n++) await connection.request(`audit.${env}.foo.bar`, 'zz');
    const { read_models: models } = (await get('/api/status')).body;
    expect(models).toMatchObject({ status: 'ok', lag: 3 });
    expect(await bench.metric('signalbox_read_models_lag')).toBe(3);
    await bench.project();
    expect((await get('/api/status')).body['read_models']).toEqual({
      status: 'ok',
      position: (models as { position: number }).position + 3,
      lag: 0,
    });
    expect(await bench.metric('signalbox_read_models_lag')).toBe(0);
  });

  it('OPS-1: the audit is newest first, in pages, whole', async () => {
    await bench.project();
    const page = await get('/api/audit?limit=2');
    const sequences = listOf(page).map(({ sequence }) => sequence as number);
    expect(sequences).toHaveLength(2);
    expect(sequences[0]).toBeGreaterThan(sequences[1] ?? 0);
    expect(listOf(await get(nextOf(page)))[0]?.['sequence']).toBeLessThan(sequences[1] ?? 0);
    const [received] = listOf(await get('/api/audit?type=signal.received'));
    expect(received).toMatchObject({
      action: 'SIGNAL_RECEIVED',
      input_id: signal.id,
      data: { signal: { title: 'High CPU' } },
    });
    const halts = listOf(await get('/api/audit?type=control.halted'));
    expect(halts.map(({ action }) => action)).toEqual(['KILL_SWITCH_ACTIVATED']);
  });

  it.each([
    ['audit?limit=0', 'limit'],
    ['audit?limit=501', 'limit'],
    ['audit?limit=x', 'limit'],
    ['audit?cursor=-1', 'cursor'],
    ['audit?since=yesterday', 'since'],
    ['audit?colour=red', ''],
    ['approvals?limit=501', 'limit'],
    ['approvals?cursor=x', 'cursor'],
    ['approvals?status=approved', ''],
    ['problems?limit=0', 'limit'],
    ['problems?colour=red', ''],
  ])('OPS-1: refuses /api/%s, naming the parameter', async (path, field) => {
    const { status, body: problem } = await get(`/api/${path}`);
    expect(status).toBe(422);
    expect(problem['errors']).toMatchObject([{ field }]);
  });

  it('AUD-3: why tells the story, whichever id is asked for', async () => {
    const story = await get(`/api/why/${signal.id}`);
    expect(story.status).toBe(200);
    const events = story.body['events'] as Record<string, unknown>[];
    expect(events.map(({ type }) => type)).toEqual([
      'signal.received',
      'decision.made',
      'approval.requested',
    ]);
    const other = await get(`/api/why/${approvals.pending}`);
    expect(other.body['events']).toEqual(events);
    expect((await get('/api/why/nothing')).status).toBe(404);
  });

  it('answers 404 for an execution that is not, and lists tool calls', async () => {
    expect((await get(`/api/executions/${approvals.unknown}`)).status).toBe(404);
    expect((await get('/api/tool-calls?status=unknown')).body).toEqual([]);
    expect((await get('/api/tool-calls?status=odd')).status).toBe(422);
  });

  it('SIG-4: lists problems by status, with what was reported of each', async () => {
    const id = problemIdOf('alertmanager', 'f1');
    const seenAt = '2026-11-01T10:00:00.000Z';
    const report = { signalId: signal.id, deliveryId: signal.raw.deliveryId, seenAt };
    const about = { source: 'alertmanager', fingerprint: 'f1', type: 'HighCpu', title: 'High CPU' };
    const events = [
      problemOpened.of({ ...about, severity: 'critical', startsAt: seenAt, ...report }),
      problemRepeated.of({ ...report, count: 2 }),
    ];
    const append = (problemId: string, ...told: DomainEvent[]) =>
      bench.store.append({ aggregate: 'problem', id: problemId }, NO_EVENTS, told, byService());
    await append(id, ...events);
    await bench.project();
    expect((await get('/api/problems?status=open')).body).toEqual([
      {
        sequence: expect.any(Number),
        id,
        ...about,
        severity: 'critical',
        status: 'open',
        starts_at: seenAt,
        first_seen: seenAt,
        last_seen: seenAt,
        resolved_at: null,
        reports: 2,
        episodes: 1,
        signal_id: signal.id,
        last_signal_id: signal.id,
      },
    ]);
    expect((await get('/api/problems?status=resolved')).body).toEqual([]);
    expect(listOf(await get('/api/problems'))).toHaveLength(1);
    expect((await get('/api/problems?status=odd')).status).toBe(422);
    const another = { ...about, fingerprint: 'f2', startsAt: seenAt, ...report };
    await append(problemIdOf('alertmanager', 'f2'), problemOpened.of(another));
    await bench.project();
    const first = await get('/api/problems?status=open&limit=1');
    expect(listOf(first)).toMatchObject([{ fingerprint: 'f2' }]);
    const second = await get(nextOf(first));
    expect(listOf(second)).toMatchObject([{ fingerprint: 'f1' }]);
    expect(second.headers.get('link')).toBeNull();
  });

  it('AUD-2: says why it cannot answer while Postgres is down, but halts all the same', async () => {
    await bench.postgres.stop();
    try {
      for (const path of ['/api/audit', '/api/approvals', `/api/why/${signal.id}`]) {
        const { status, body: problem } = await get(path);
        expect(status).toBe(503);
        expect(problem['detail']).toMatch(/^Postgres /);
      }
      expect((await post('/api/kill')).status).toBe(200);
      const { body: answer } = await untilStatus('killed');
      expect(answer).toMatchObject({
        kill_switch: true,
        pending_approvals: null,
        agents: [{ id: 'diagnose_repair' }],
        read_models: { status: 'unavailable', reason: expect.stringMatching(/^Postgres /) },
      });
    } finally {
      await bench.postgres.restart();
    }
    expect((await get('/api/audit')).status).toBe(200);
  });

  it('CTL-1: says that a halt could not be recorded while NATS is down', async () => {
    await bench.nats.kill();
    try {
      const [kill, resume, approve] = await Promise.all([
        post('/api/kill'),
        post('/api/resume'),
        resolve(approvals.pending, { approved: false }),
      ]);
      expect([kill, resume, approve].map(({ status }) => status)).toEqual([503, 503, 503]);
      expect(kill.body['detail']).toMatch(/^The halt could not be recorded: work may go on\./);
      expect(resume.body['detail']).toMatch(/^It could not be recorded/);
      expect(approve.body['detail']).toMatch(/^It is not known whether your answer was stored/);
    } finally {
      await bench.nats.restart();
    }
  });
});
