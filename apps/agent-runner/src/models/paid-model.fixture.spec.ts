import { listenLocally } from '@signalbox/testing';
import { createServer } from 'node:http';

/** What one answer used, as its server tells it. */
export interface Usage {
  readonly prompt: number;
  readonly output: number;
}

export interface Question {
  /** The nth that the server got, from 0. */
  readonly n: number;
  readonly bytes: number;
  /** The limit of the answer; absent when the request sets none. */
  readonly max_tokens?: number;
}

export interface PaidModel extends AsyncDisposable {
  readonly baseUrl: string;
  /** What each answer used, in order. */
  readonly paid: readonly Usage[];
  readonly questions: readonly Question[];
}

/**
 * A server of OpenAI's format whose model is never done: it always wants a tool that nobody has, and
 * says of each answer what `used` says.
 */
export async function paidModel(used: (question: Question) => Usage): Promise<PaidModel> {
  const paid: Usage[] = [];
  const questions: Question[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const { max_tokens } = JSON.parse(body.toString()) as { max_tokens?: number };
    const limit = max_tokens === undefined ? {} : { max_tokens };
    const question = { n: questions.length, bytes: body.length, ...limit };
    questions.push(question);
    const usage = used(question);
    paid.push(usage);
    response.setHeader('content-type', 'text/event-stream');
    response.end(eventsOf(usage));
  });
  const { origin, stop } = await listenLocally(server);
  return { baseUrl: `${origin}/v1`, paid, questions, [Symbol.asyncDispose]: stop };
}

function eventsOf({ prompt, output }: Usage): string {
  const use = { index: 0, id: 'a', function: { name: 'nobody_has_it', arguments: '{}' } };
  const usage = { prompt_tokens: prompt, completion_tokens: output };
  const chunks = [
    { choices: [{ index: 0, delta: { content: 'Next.', tool_calls: [use] } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    { choices: [], usage },
  ];
  const events = chunks.map(
    (chunk) => `data: ${JSON.stringify({ model: 'gpt-4o', ...chunk })}\n\n`,
  );
  return `${events.join('')}data: [DONE]\n\n`;
}
