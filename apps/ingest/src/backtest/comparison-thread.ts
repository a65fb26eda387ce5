import { AppError, asAppError } from '@signalbox/kernel';
import type { RawEvent } from '@signalbox/messaging';
import { Worker } from 'node:worker_threads';
import type {
  ComparisonAnswer,
  ComparisonInput,
  ComparisonRequest,
  PackedSignals,
} from './comparison.ts';

const HEAP_MB_MAX = 512;
/** Signals live for a moment; without this their garbage grows to 100 MB before it is collected. */
const NEW_OBJECTS_MB_MAX = 16;

/** Run from source, it finds the packages of the workspace as source, too. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const program = new URL(`./comparison.worker.${extension}`, import.meta.url);
const execArgv = extension === 'ts' ? ['--conditions=signalbox-source'] : [];

type AnswerOf<Kind> = Extract<ComparisonAnswer, { readonly kind: Kind }>;

/** Two rule sets in a thread of their own, so that nothing else waits while they are compared. */
export class ComparisonThread {
  readonly #worker: Worker;
  #waiting: PromiseWithResolvers<ComparisonAnswer> | undefined;
  #ended: AppError | undefined;

  private constructor(input: ComparisonInput) {
    this.#worker = new Worker(program, {
      workerData: input,
      execArgv,
      env: {},
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_MB_MAX,
        maxYoungGenerationSizeMb: NEW_OBJECTS_MB_MAX,
      },
    });
    this.#worker.on('message', (answer: ComparisonAnswer) => this.#waiting?.resolve(answer));
    this.#worker.on('error', (cause) => this.#end(asAppError(cause)));
    this.#worker.on('exit', () => this.#end(stopped()));
  }

  /** @throws AppError `invalid` naming the candidate rule that cannot be used, and its field. */
  static async start(input: ComparisonInput): Promise<ComparisonThread> {
    const thread = new ComparisonThread(input);
    try {
      await thread.#answer('ready');
      return thread;
    } catch (error) {
      await thread.stop();
      throw error;
    }
  }

  /** One call at a time. @throws AppError when a signal cannot be read, or the thread has ended. */
  compare(signals: readonly RawEvent[]): Promise<AnswerOf<'compared'>> {
    const packed = packedOf(signals);
    return this.#ask('compared', packed, [packed.lines.buffer]);
  }

  /** What came of everything that was compared. */
  summary(): Promise<AnswerOf<'done'>> {
    return this.#ask('done', 'end', []);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask<Kind extends ComparisonAnswer['kind']>(
    kind: Kind,
    request: ComparisonRequest,
    transferred: readonly ArrayBuffer[],
  ): Promise<AnswerOf<Kind>> {
    const answer = this.#answer(kind);
    this.#worker.postMessage(request, transferred);
    return answer;
  }

  async #answer<Kind extends ComparisonAnswer['kind']>(kind: Kind): Promise<AnswerOf<Kind>> {
    if (this.#ended) throw this.#ended;
    this.#waiting = Promise.withResolvers();
    const answer = await this.#waiting.promise;
    if (answer.kind === 'failed') throw new AppError(answer.error);
    if (answer.kind !== kind) throw new Error(`the thread answered ${answer.kind}, not ${kind}`);
    return answer as AnswerOf<Kind>;
  }

  #end(reason: AppError): void {
    this.#ended ??= reason;
    this.#waiting?.reject(this.#ended);
  }
}

/** Into a buffer of its own, which changes hands without being copied. */
function packedOf(signals: readonly RawEvent[]): PackedSignals {
  const bytes = signals.reduce((sum, { json }) => sum + json.length + 1, 0);
  const lines = new Uint8Array(bytes).fill('\n'.charCodeAt(0));
  let at = 0;
  for (const { json } of signals) {
    lines.set(json, at);
    at += json.length + 1;
  }
  return { lines, schemaVersions: signals.map(({ schemaVersion }) => schemaVersion) };
}

function stopped(): AppError {
  const message = 'The backtest was stopped.';
  return new AppError({ code: 'backtest_stopped', kind: 'unavailable', message });
}
