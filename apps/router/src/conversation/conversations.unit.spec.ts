import {
  executionCompleted,
  executionStarted,
  type Signal,
  startAgent,
} from '@signalbox/contracts';
import { deriveId } from '@signalbox/kernel';
import { encodeHeaderValue, headerNames } from '@signalbox/messaging';
import { type ModelAnswer, ModelPort, type ModelRequest } from '@signalbox/models';
import { specContext } from '@signalbox/testing';
import { answerWith } from '../routing/routing.fixture.spec.ts';
import { readyPlatform } from '../signal/decide-signal.fixture.spec.ts';
import { aSignal, messageOf } from '../signal/signal.fixture.spec.ts';

/** Answers with the title of what it is asked, and sends what has "repair" in it to an agent. */
class EchoModel extends ModelPort {
  readonly asked: ModelRequest[] = [];

  complete(request: ModelRequest): Promise<ModelAnswer> {
    this.asked.push(request);
    const title = /^\[CHAT\] message: (.*)$/m.exec(this.questions.at(-1) ?? '')?.[1] ?? '';
    const agent = { agent_type: 'diagnose_repair', objective: title, risk_level: 'low' };
    return Promise.resolve(
      title.includes('repair')
        ? answerWith({ name: 'route_to_agent', arguments: { ...agent, reasoning: 'r' } })
        : answerWith({ name: 'respond_directly', arguments: { response: `You said ${title}` } }),
    );
  }

  get questions(): readonly string[] {
    return this.asked.map(({ messages }) => messages[0]?.text ?? '');
  }
}

const said = (message: string, conversationId = 'c'): Signal =>
  aSignal({
    source: 'chat',
    type: 'message',
    title: message,
    severity: undefined,
    labels: {},
    fingerprint: message,
    payload: { message, conversation_id: conversationId },
    conversationId,
  });

async function chat() {
  const model = new EchoModel();
  const platform = await readyPlatform(model);
  const say = (signal: Signal, actor = 'person:operator', deliveries = 1) => {
    const message = messageOf(signal, deliveries);
    const headers = { ...message.headers, [headerNames.actor]: actor };
    return platform.handler.handle({ ...message, headers });
  };
  const conversations = () =>
    platform.store.log.stored.filter(({ record }) => record.aggregate === 'conversation');
  const finish = async ({ id: signalId }: Signal, summary: string) => {
    const executionId = deriveId(signalId, 'execution');
    const [start] = platform.commands.sentOf(startAgent);
    const { agent, ...begun } = start as NonNullable<typeof start>;
    const plan = { kind: 'agent', agent, agentVersion: 1, role: '', tools: [], stepsMax: 1 };
    const ref = { aggregate: 'execution', id: executionId };
    const events = [
      executionStarted.of({ ...begun, plan: plan as never }),
      executionCompleted.of({ summary }),
    ];
    await platform.store.append(ref, { sequence: 0, version: 0 }, events, specContext);
  };
  return { ...platform, model, say, conversations, finish };
}

describe('a conversation', () => {
  it('SIG-7: the model sees what was said and answered before, and no other conversation', async () => {
    const { model, say } = await chat();
    await say(said('first'));
    await say(said('elsewhere', 'another'));
    await say(said('second'));
    expect(model.questions[0]).not.toContain('Said before');
    expect(model.questions[1]).not.toContain('Said before');
    expect(model.questions[2]).toContain(
      '{"person":"first","status":"completed","answer":"You said first"}',
    );
    expect(model.questions[2]).not.toContain('elsewhere');
  });

  it('SIG-7: the result of a run is part of it, and the agent that is started is told of it too', async () => {
    const { model, say, finish, commands } = await chat();
    const first = said('repair it');
    await say(first);
    await say(said('and?'));
    expect(model.questions[1]).toContain('{"person":"repair it","status":"running","answer":""}');
    await finish(first, 'It is mended.');
    await say(said('now repair the other'));
    const turns = [
      { person: 'repair it', status: 'completed', answer: 'It is mended.' },
      { person: 'and?', status: 'completed', answer: 'You said and?' },
    ];
    expect(model.questions[2]).toContain(turns.map((turn) => JSON.stringify(turn)).join('\n'));
    const [begin, next] = commands.sentOf(startAgent);
    expect(begin?.input).not.toHaveProperty('conversation');
    expect(next?.input).toMatchObject({ conversation: { omitted: 0, turns } });
  });

  it('SIG-7: a redelivery sends the same command, whatever was answered meanwhile', async () => {
    const { say, finish, commands } = await chat();
    const [first, second] = [said('repair it'), said('repair that, too')];
    await say(first);
    await say(second);
    await finish(first, 'It is mended.');
    await say(said('and?'));
    await say(second, 'person:operator', 2);
    const [, sent, again] = commands.attempts;
    expect(again).toEqual(sent);
    expect(sent?.command.data).toMatchObject({
      input: { conversation: { turns: [{ status: 'running' }] } },
    });
  });

  it('SIG-7: of two messages at once one counts as said first, and both are answered', async () => {
    const { say, conversations, decisionOn, model } = await chat();
    const both = [said('a'), said('b')];
    await Promise.all(both.map((signal) => say(signal)));
    for (const signal of both) expect((await decisionOn(signal)).outcome).toBe('answer');
    expect(conversations()).toHaveLength(2);
    expect(model.questions.filter((question) => question.includes('Said before'))).toHaveLength(1);
  });

  it('SIG-7: each message stands in it once, in the name of who said it', async () => {
    const { say, conversations } = await chat();
    const signal = said('hello');
    await say(signal, 'person:anna');
    await say(signal, 'person:anna', 2);
    await say(said('again'), 'source:chat');
    await say(said('and again'), 'service:router');
    expect(conversations().map(({ record }) => record.actor)).toEqual([
      'person:anna',
      'source:chat',
      'source:chat',
    ]);
    expect(conversations()[0]?.record.correlationId).toBe(signal.id);
  });

  it('SIG-7: may be called whatever its members like', async () => {
    const { say, conversations } = await chat();
    for (const id of ['a.b', 'a b', '*', '>', 'Ä', '../..', 'a_b']) await say(said('x', id));
    const ids = conversations().map(({ record }) => record.aggregateId);
    expect(new Set(ids).size).toBe(7);
    for (const id of ids) expect(id).toMatch(/^[0-9A-Z]{26}$/);
  });

  it('SIG-7: what was halted or rejected was said all the same', async () => {
    const { say, halt, resume, model } = await chat();
    await halt();
    await say(said('stop the noise'));
    await resume();
    await say(said('please rm -rf /'));
    await say(said('hello'));
    expect(model.questions[0]).toContain('{"person":"stop the noise","status":"halted"');
    expect(model.questions[0]).toContain('{"person":"please rm -rf /","status":"rejected"');
  });

  it('SIG-7: says the name of who said it as it is, whatever its letters', async () => {
    const { say, conversations } = await chat();
    await say(said('hello'), encodeHeaderValue('person:Zoë'));
    expect(conversations()[0]?.record.actor).toBe('person:Zoë');
  });

  it('an alert is part of none', async () => {
    const { say, conversations } = await chat();
    await say(aSignal());
    expect(conversations()).toEqual([]);
  });
});
