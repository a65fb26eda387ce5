import { AppError, type JsonObject } from '@signalbox/kernel';
import type { ModelToolUse } from '@signalbox/models';
import * as fc from 'fast-check';
import { answerWith, someTargets } from './routing.fixture.spec.ts';
import { routingOf, routingTools } from './routing-tools.ts';

const targets = someTargets(['diagnose_repair', 'escalate'], ['restart_service']);
const use = (name: string, args: JsonObject): ModelToolUse => ({ name, arguments: args });
const agentArguments = {
  agent_type: 'diagnose_repair',
  objective: 'Find the cause.',
  risk_level: 'medium',
  reasoning: 'latency',
};

/** Where an answer leads: the id of its target, or what it is; undefined when it was refused. */
function destinationOf(uses: readonly ModelToolUse[]): string | undefined {
  try {
    const routing = routingOf(answerWith(...uses), targets);
    if (routing.kind !== 'run') return routing.kind;
    return routing.target.kind === 'agent' ? routing.target.agent : routing.target.workflow;
  } catch (error) {
    if (error instanceof AppError && error.kind === 'invalid') return undefined;
    throw error;
  }
}

describe('routingTools', () => {
  it('RTE-1: are the four of the contract, with their arguments', () => {
    const tools = routingTools(targets).map(({ name, inputSchema }) => [
      name,
      Object.keys(inputSchema['properties'] as JsonObject),
      inputSchema['required'],
    ]);
    expect(tools).toEqual([
      [
        'route_to_agent',
        ['agent_type', 'objective', 'risk_level', 'reasoning', 'confidence'],
        ['agent_type', 'objective', 'risk_level', 'reasoning'],
      ],
      [
        'route_to_automation',
        ['workflow_id', 'reasoning', 'confidence'],
        ['workflow_id', 'reasoning'],
      ],
      ['respond_directly', ['response', 'reasoning', 'confidence'], ['response']],
      ['request_more_info', ['question', 'reasoning', 'confidence'], ['question']],
    ]);
  });

  it('RTE-3: offer what is registered and nothing else', () => {
    expect(routingTools(targets)[0]?.inputSchema).toMatchObject({
      properties: { agent_type: { enum: ['diagnose_repair', 'escalate'] } },
    });
    expect(routingTools(someTargets([])).map(({ name }) => name)).toEqual([
      'respond_directly',
      'request_more_info',
    ]);
  });
});

describe('routingOf', () => {
  it('RTE-1: reads a route to an agent', () => {
    const routed = answerWith(use('route_to_agent', { ...agentArguments, confidence: 0.8 }));
    expect(routingOf(routed, targets)).toEqual({
      kind: 'run',
      target: { kind: 'agent', agent: 'diagnose_repair', objective: 'Find the cause.' },
      riskLevel: 'medium',
      reasoning: 'latency',
      confidence: 0.8,
    });
  });

  it('RTE-1: reads a route to an automation', () => {
    const args = { workflow_id: 'restart_service', reasoning: 'stuck' };
    expect(routingOf(answerWith(use('route_to_automation', args)), targets)).toEqual({
      kind: 'run',
      target: { kind: 'automation', workflow: 'restart_service' },
      riskLevel: 'medium',
      reasoning: 'stuck',
    });
  });

  it('RTE-1: reads an answer and a question', () => {
    expect(routingOf(answerWith(use('respond_directly', { response: 'fine' })), targets)).toEqual({
      kind: 'answer',
      message: 'fine',
      reasoning: '',
    });
    expect(
      routingOf(answerWith(use('request_more_info', { question: 'which?' })), targets),
    ).toEqual({
      kind: 'ask',
      message: 'which?',
      reasoning: '',
    });
  });

  it('RTE-1: takes null for what may be left out', () => {
    const args = { ...agentArguments, confidence: null };
    expect(routingOf(answerWith(use('route_to_agent', args)), targets)).not.toHaveProperty(
      'confidence',
    );
    const said = { response: 'fine', reasoning: null, confidence: null };
    expect(routingOf(answerWith(use('respond_directly', said)), targets)).toMatchObject({
      kind: 'answer',
      reasoning: '',
    });
  });

  it('RTE-3: says what each agent and workflow is for', () => {
    const [agents, automations] = routingTools(targets).map(({ description }) => description);
    expect(agents).toContain('- escalate (A escalate): You escalate.');
    expect(automations).toContain('- restart_service (W restart_service): To restart_service.');
    expect(automations).not.toContain('escalate');
  });

  it('RTE-3: takes what an agent says it is for over how it is told to work', () => {
    const agents = new Map(
      [...targets.agents].map(([id, agent]) => [id, { ...agent, description: 'Wakes people.' }]),
    );
    const [{ description } = { description: '' }] = routingTools({ ...targets, agents });
    expect(description).toContain('- escalate (A escalate): Wakes people.');
    expect(description).not.toContain('You escalate');
  });

  it.each<[string, readonly ModelToolUse[]]>([
    ['text only', []],
    ['two tools', [use('respond_directly', { response: 'a' }), use('route_to_agent', {})]],
    ['a tool that is not there', [use('execute_remediation', { command: 'restart' })]],
    ['a name from the prototype', [use('constructor', {})]],
    ['an unknown agent', [use('route_to_agent', { ...agentArguments, agent_type: 'root' })]],
    ['an unknown risk', [use('route_to_agent', { ...agentArguments, risk_level: 'none' })]],
    ['a missing objective', [use('route_to_agent', { agent_type: 'escalate' })]],
    ['a confidence beyond 1', [use('route_to_agent', { ...agentArguments, confidence: 90 })]],
    ['a confidence as text', [use('route_to_agent', { ...agentArguments, confidence: '0.9' })]],
    [
      'a null where a value must be',
      [use('route_to_agent', { ...agentArguments, agent_type: null })],
    ],
    [
      'a list for an agent',
      [use('route_to_agent', { ...agentArguments, agent_type: ['escalate'] })],
    ],
    ['an empty objective', [use('route_to_agent', { ...agentArguments, objective: '' })]],
    ['no reasoning', [use('route_to_automation', { workflow_id: 'restart_service' })]],
    ['an unknown workflow', [use('route_to_automation', { workflow_id: 'x', reasoning: 'r' })]],
    [
      'an agent as a workflow',
      [use('route_to_automation', { workflow_id: 'escalate', reasoning: 'r' })],
    ],
    [
      'an overlong objective',
      [use('route_to_agent', { ...agentArguments, objective: 'x'.repeat(8_001) })],
    ],
    [
      'overlong reasoning',
      [use('route_to_agent', { ...agentArguments, reasoning: 'x'.repeat(4_001) })],
    ],
    ['an overlong response', [use('respond_directly', { response: 'x'.repeat(16_001) })]],
    ['a response of many bytes', [use('respond_directly', { response: '语'.repeat(6_000) })]],
    [
      'reasoning of many bytes',
      [use('respond_directly', { response: 'x', reasoning: '\u0001'.repeat(2_000) })],
    ],
    [
      'an objective of many bytes',
      [use('route_to_agent', { ...agentArguments, objective: 'ж'.repeat(7_000) })],
    ],
    ['a response of a megabyte', [use('respond_directly', { response: 'x'.repeat(1 << 20) })]],
    [
      'the same tool twice',
      [use('route_to_agent', agentArguments), use('route_to_agent', agentArguments)],
    ],
    ['a name of a megabyte', [use('x'.repeat(1 << 20), {})]],
  ])('RTE-1: refuses %s', (_, uses) => {
    expect(() => routingOf(answerWith(...uses), targets)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'invalid_routing',
        // It is shown to the model again, and to people.
        message: expect.stringMatching(/^.{1,300}$/),
      }),
    );
  });

  it('RTE-1: whatever a model says either is a routing to a known target or is refused', () => {
    const anyUse = fc.record({
      name: fc.constantFrom('route_to_agent', 'route_to_automation', 'respond_directly', 'x'),
      arguments: fc.oneof(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.record(
          {
            agent_type: fc.constantFrom('escalate', 'other'),
            workflow_id: fc.constantFrom('restart_service', 'other'),
            objective: fc.string(),
            risk_level: fc.constantFrom('low', 'critical', 'x'),
            reasoning: fc.string(),
          },
          { requiredKeys: [] },
        ),
      ) as fc.Arbitrary<JsonObject>,
    });
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 2 }), (uses) => {
        expect([undefined, 'answer', 'ask', 'escalate', 'restart_service']).toContain(
          destinationOf(uses),
        );
      }),
    );
  });
});
