import {
  approvalGranted,
  approvalRequested,
  decisionMade,
  executionStarted,
  modelAnswered,
  problemOpened,
  problemRepeated,
  problemResolved,
  toolSucceeded,
} from '@signalbox/contracts';
import { digestOf, newId, type DomainEvent, type JsonObject } from '@signalbox/kernel';
import type { ApiEvent } from '../client/api.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { detailLines, eventLine } from './event-line.ts';
import { printChain } from './timeline.ts';

const id = newId();

function apiEvent(
  event: Pick<DomainEvent, 'type' | 'data'>,
  rest: Partial<ApiEvent> = {},
): ApiEvent {
  return {
    sequence: 12,
    id,
    type: event.type,
    aggregate: event.type.split('.')[0] ?? '',
    aggregate_id: id,
    created_at: '2026-11-21T05:04:12.101Z',
    actor: 'service:spec',
    correlation_id: id,
    causation_id: id,
    cause: null,
    data: event.data as JsonObject,
    ...rest,
  };
}

const decided = apiEvent(
  decisionMade.of({
    outcome: 'run',
    by: 'model',
    riskLevel: 'medium',
    target: { kind: 'agent', agent: 'diagnose_repair', objective: 'find out' },
    executionId: id,
    model: {
      provider: 'offline',
      model: 'planner',
      offline: true,
      reasoning: 'nothing else fits',
      promptTokens: 0,
      completionTokens: 0,
    },
    trace: [{ ruleId: id, ruleName: 'block_rm_rf', matched: false, reason: 'no match' }],
    message: '',
  }),
  { aggregate: 'signal' },
);

const column = (event: ApiEvent, word: string) => eventLine(event).indexOf(word);

const paper = (columns?: number) => {
  const lines: string[] = [];
  const terminal: Terminal = {
    line: (text) => void lines.push(text),
    error: () => undefined,
    paint: (_tone, text) => text,
    ...(columns === undefined ? {} : { columns }),
  };
  return { lines, terminal };
};

describe('the timeline', () => {
  it('AUD-3: says what was decided, by whom, after which rules', () => {
    expect(eventLine(decided)).toBe(
      '   #12 05:04:12.101  decision       run agent diagnose_repair (medium risk), by model',
    );
    expect(detailLines(decided).map((line) => line.trim())).toEqual([
      '· rule block_rm_rf: no match',
      'model offline/planner: nothing else fits',
    ]);
  });

  it('RUL-5: shows the first few rules that did not match, and every one that did', () => {
    const trial = (name: string, matched: boolean) => ({
      ruleId: id,
      ruleName: name,
      matched,
      reason: matched ? 'it does' : 'no match',
    });
    const many = Array.from({ length: 300 }, (_, i) => trial(`rule_${i}`, false));
    const trace = [...many, trial('allows', true), trial('late', false), trial('decides', true)];
    const event = apiEvent({ ...decided, data: { ...decided.data, trace, model: undefined } });
    expect(detailLines(event).map((line) => line.trim())).toEqual([
      '· rule rule_0: no match',
      '· rule rule_1: no match',
      '· rule rule_2: no match',
      '· rule rule_3: no match',
      '· rule rule_4: no match',
      '✓ rule allows: it does',
      '✓ rule decides: it does',
      'and 296 more rules that did not match; --all shows them',
    ]);
    expect(detailLines(event, undefined, { all: true })).toHaveLength(303);
    const { lines, terminal } = paper();
    printChain({ id, correlation_id: id, events: [event], complete: true }, terminal, {
      all: true,
    });
    expect(lines).toHaveLength(305);
  });

  it('AUD-3: shows the exact action that a person was asked for, and who agreed', () => {
    const requested = approvalRequested.of({
      approvalId: id,
      executionId: id,
      signalId: id,
      action: {
        kind: 'tool',
        callId: id,
        tool: 'execute_remediation',
        arguments: { command: 'restart_service', target: 'checkout' },
        definitionDigest: digestOf(''),
      },
      description: 'restart checkout',
      riskLevel: 'high',
      replyTo: 'agent-runner',
      actionDigest: digestOf(''),
      expiresAt: '2026-11-21T05:09:12.000Z',
    });
    expect(detailLines(apiEvent(requested)).join('\n')).toContain(
      'execute_remediation {"command":"restart_service","target":"checkout"}',
    );
    const granted = approvalGranted.of({
      by: 'person:ops',
      note: 'go',
      actionDigest: digestOf(''),
    });
    expect(eventLine(apiEvent(granted))).toMatch(/approved +by person:ops, “go”$/);
  });

  it('AGT-5: names who answered when it was another than the one asked, and who failed before', () => {
    const answered = {
      step: 2,
      provider: 'openai',
      model: 'gpt',
      offline: false,
      text: 'all is well',
      toolUses: [{ callId: id, tool: 'look', arguments: {} }],
      promptTokens: 1,
      completionTokens: 1,
    };
    const asAsked = apiEvent(modelAnswered.of(answered));
    expect(eventLine(asAsked)).toMatch(/model answered +step 2: all is well$/);
    expect(detailLines(asAsked).map((line) => line.trim())).toEqual(['wants look {}']);
    const reason = 'no\n#13 approved \u001b[2J';
    const failedBefore = [
      { provider: 'anthropic', model: 'claude', code: 'model_limited', reason: '429' },
      { provider: 'deepseek', model: 'chat', code: 'model_unavailable', reason },
    ];
    const byAnother = apiEvent(modelAnswered.of({ ...answered, failedBefore }));
    expect(eventLine(byAnother)).toMatch(/model answered +step 2, by openai\/gpt: all is well$/);
    expect(detailLines(byAnother).map((line) => line.trim())).toEqual([
      'anthropic/claude failed before, model_limited: 429',
      String.raw`deepseek/chat failed before, model_unavailable: no #13 approved \u001b[2J`,
      'wants look {}',
    ]);
  });

  it('is indented as the story branches', () => {
    const start = executionStarted.of({
      executionId: id,
      signalId: id,
      objective: 'find out',
      input: {},
      riskLevel: 'low',
      approvalRequired: false,
      plan: { kind: 'agent', agent: 'a', agentVersion: 1, role: '', tools: [], stepsMax: 8 },
    });
    const done = apiEvent(toolSucceeded.of({ result: 'ok', durationMs: 12.4 }));
    expect(column(apiEvent(start), 'execution')).toBe(column(decided, 'decision') + 2);
    expect(column(done, 'succeeded')).toBe(column(decided, 'decision') + 4);
  });

  it('shortens on a terminal only', () => {
    const long = apiEvent(toolSucceeded.of({ result: 'x'.repeat(500), durationMs: 1 }));
    expect(eventLine(long, paper(80).terminal)).toHaveLength(80);
    expect(eventLine(long, paper(80).terminal)).toMatch(/…$/);
    expect(eventLine(long)).toContain('x'.repeat(500));
    const faces = apiEvent(toolSucceeded.of({ result: '😀'.repeat(100), durationMs: 1 }));
    for (const columns of [80, 81]) {
      expect(eventLine(faces, paper(columns).terminal).isWellFormed()).toBe(true);
    }
  });

  it('lets no text of others forge a line or move the cursor', () => {
    const nasty = apiEvent(toolSucceeded.of({ result: null, durationMs: 1 }), {
      type: 'odd\n#13 approved \u001b[2J',
    });
    const line = eventLine(nasty);
    expect(line).not.toMatch(/\p{Cc}/u);
    const turned = eventLine({ ...nasty, type: 'approved \u202Edetcejer\u2066' });
    expect(turned).toContain(String.raw`approved \u202edetcejer\u2066`);
  });

  it('shows an event that it does not know, by its type and data', () => {
    expect(eventLine(apiEvent({ type: 'later.thing', data: { a: 1 } }))).toMatch(
      /later\.thing +\{"a":1\}$/,
    );
  });

  it('AUD-3: names the cause where it is not the line above', () => {
    const events = [
      decided,
      { ...decided, sequence: 13, cause: 12 },
      { ...decided, sequence: 15, cause: 12 },
    ];
    const { lines, terminal } = paper();
    printChain({ id, correlation_id: id, events, complete: true }, terminal);
    const heads = lines.filter((line) => line.includes('decision '));
    expect(heads.map((line) => /← #\d+$/.exec(line)?.[0])).toEqual([undefined, undefined, '← #12']);
  });

  it('SIG-4: tells what a problem has to do with it, and counts reports in one line', () => {
    const seenAt = '2026-11-21T05:04:12.101Z';
    const report = { signalId: id, deliveryId: id, seenAt };
    const about = { source: 'alertmanager', fingerprint: 'f1', type: 't', title: 'x' };
    const grouped = decisionMade.of({
      outcome: 'grouped',
      by: 'problem',
      riskLevel: 'low',
      groupedWith: id,
      trace: [],
      message: 'Open already.',
    });
    const events = [
      problemOpened.of({ ...about, startsAt: seenAt, ...report }),
      problemRepeated.of({ ...report, count: 2 }),
      problemRepeated.of({ ...report, count: 3 }),
      problemResolved.of(report),
      problemRepeated.of({ ...report, count: 4 }),
      grouped,
    ].map((event, n) => apiEvent(event, { sequence: n + 1 }));
    const { lines, terminal } = paper();
    printChain({ id, correlation_id: id, events, complete: true }, terminal);
    expect(lines.slice(1).map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
      '#1 05:04:12.101 problem opened alertmanager reports f1',
      `#3 05:04:12.101 reported again 3 times by now, last at ${seenAt}`,
      `#4 05:04:12.101 problem over since ${seenAt}`,
      `#5 05:04:12.101 reported again 4 times by now, last at ${seenAt}`,
      `#6 05:04:12.101 decision grouped with signal ${id}, by its problem`,
      'Open already.',
    ]);
  });
});
