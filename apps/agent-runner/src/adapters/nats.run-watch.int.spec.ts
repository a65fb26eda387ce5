import { newId } from '@signalbox/kernel';
import { subjectsOf } from '@signalbox/messaging';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import type { RunText } from '../ports/run-watch.port.ts';
import { NatsRunWatch } from './nats.run-watch.ts';

const by = { provider: 'openai', model: 'gpt-4o' };
const other = { provider: 'anthropic', model: 'claude-opus-5' };

let nats: TestNats;
beforeAll(async () => {
  nats = await startTestNats();
});
afterAll(() => nats?.stop());

async function watched(executionId: string): Promise<readonly RunText[]> {
  const heard: RunText[] = [];
  const subject = subjectsOf(nats.env).watch({ aggregate: 'execution', id: executionId });
  nats.connection.subscribe(subject, { callback: (_, message) => void heard.push(message.json()) });
  await nats.connection.flush();
  return heard;
}
const said = (heard: readonly RunText[]) => heard.map(({ text }) => text).join('');

it('AGT-5: a watcher reads what a model says while it says it, in few messages', async () => {
  const executionId = newId();
  const heard = await watched(executionId);
  const call = new NatsRunWatch(nats.connection, nats.env).open({ executionId, step: 2 });
  const words = Array.from({ length: 500 }, (_, n) => `word ${n} `);
  for (const word of words) call.onText(word, { ...by });
  await eventually(() => said(heard) === words.join(''));
  expect(heard.length).toBeLessThan(10);
  expect(heard[0]).toEqual({ executionId, step: 2, ...by, text: expect.any(String) });
  call.onText('the end', by);
  call.end();
  await eventually(() => said(heard).endsWith('the end'));
});

it('AGT-5: names who says it, also when another model begins anew', async () => {
  const executionId = newId();
  const heard = await watched(executionId);
  const call = new NatsRunWatch(nats.connection, nats.env).open({ executionId, step: 1 });
  call.onText('half', by);
  call.onText('whole', other);
  call.end();
  await eventually(() => heard.length === 2);
  expect(heard).toMatchObject([
    { ...by, text: 'half' },
    { ...other, text: 'whole' },
  ]);
});

it('AGT-5: no message is large, and every character arrives', async () => {
  const executionId = newId();
  const heard = await watched(executionId);
  const call = new NatsRunWatch(nats.connection, nats.env).open({ executionId, step: 1 });
  const text = '𝕏'.repeat(50_000);
  call.onText(text, by);
  call.end();
  await eventually(() => said(heard) === text);
  expect(Math.max(...heard.map((part) => part.text.length))).toBeLessThan(10_000);
});

it('AGT-5: a run does not notice that nobody can be told', async () => {
  const lost = await startTestNats();
  const call = new NatsRunWatch(lost.connection, lost.env).open({ executionId: newId(), step: 1 });
  await lost.stop();
  call.onText('a word', by);
  expect(() => call.end()).not.toThrow();
});
