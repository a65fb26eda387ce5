import { AppError } from '@signalbox/kernel';
import { ANSWER_TRUNCATED, ModelFailure } from './model-failure.ts';
import {
  type FailedModel,
  type ModelAnswer,
  type ModelName,
  ModelPort,
  type ModelRequest,
  type OnText,
} from './model.port.ts';
import { outputTokensMaxOf } from './output-limit.ts';

/** A model, and the way to it. */
export interface ModelCandidate extends ModelName {
  readonly port: ModelPort;
}

/** A list of models: the next is asked when one is away or has had enough of us. */
export class FailoverModel extends ModelPort {
  /** @param candidates in the order in which they are asked; at least one. */
  constructor(private readonly candidates: readonly [ModelCandidate, ...ModelCandidate[]]) {
    super();
  }

  /**
   * @param request its provider and model are those of each candidate in turn.
   * @throws AppError as `ModelPort` does. When all failed: of the kind and code of the first
   * failure, with every reason, and the soonest time to come back; `answer_truncated` when one had
   * begun to answer.
   */
  async complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText?: OnText,
  ): Promise<ModelAnswer> {
    const failures: AppError[] = [];
    const failedBefore: FailedModel[] = [];
    for (const { provider, model, port } of this.candidates) {
      try {
        const answer = await port.complete(about(request, { provider, model }), signal, onText);
        return failedBefore.length === 0 ? answer : { ...answer, failedBefore };
      } catch (error) {
        if (signal.aborted || !isAway(error)) throw error;
        failures.push(error);
        failedBefore.push({ provider, model, code: error.code, reason: error.message });
      }
    }
    throw exhausted(failures, failedBefore);
  }
}

/** The request to one of them, which may refuse a limit that another takes. */
function about(request: ModelRequest, name: ModelName): ModelRequest {
  const { outputTokensMax } = request;
  if (outputTokensMax === undefined) return { ...request, ...name };
  return {
    ...request,
    ...name,
    outputTokensMax: Math.min(outputTokensMax, outputTokensMaxOf(name)),
  };
}

function isAway(error: unknown): error is AppError {
  return error instanceof AppError && (error.kind === 'unavailable' || error.kind === 'limited');
}

function exhausted(failures: readonly AppError[], failed: readonly FailedModel[]): AppError {
  const [first] = failures;
  if (first === undefined) throw new Error('a failover without a model');
  if (failures.length === 1) return first;
  const waits = failures.flatMap((failure) =>
    failure instanceof ModelFailure ? (failure.retryAfterMs ?? []) : [],
  );
  return new ModelFailure({
    code: failures.find(({ code }) => code === ANSWER_TRUNCATED)?.code ?? first.code,
    kind: first.kind,
    message: failed
      .map(({ provider, model, reason }) => `${provider}/${model}: ${reason}`)
      .join('; '),
    cause: first,
    retryAfterMs: waits.length === 0 ? undefined : Math.min(...waits),
  });
}
