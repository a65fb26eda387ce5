import { Injectable } from '@nestjs/common';
import { asAppError, type JsonObject } from '@signalbox/kernel';
import { DeadLetters } from '../dead-letters/dead-letters.ts';
import { ReadModelProgress } from './read-model-progress.ts';
import { ReadSide } from './read-side.ts';

/** How much there is of what an operator should know of; null what cannot be known. */
@Injectable()
export class StatusCounts {
  constructor(
    private readonly readSide: ReadSide,
    private readonly progress: ReadModelProgress,
    private readonly deadLetters: DeadLetters,
  ) {}

  async count(): Promise<JsonObject> {
    const [models, deadLetters] = await Promise.all([
      this.countModels(),
      this.deadLetters.count().catch(nullWhenUnavailable),
    ]);
    return { ...models, dead_letters: deadLetters };
  }

  private async countModels(): Promise<JsonObject> {
    try {
      const { signals, executions, pendingApprovals, unknownToolCalls, position } =
        await this.readSide.status();
      return {
        pending_approvals: pendingApprovals,
        signals,
        executions: { ...executions },
        unknown_tool_calls: unknownToolCalls,
        read_models: await this.progress.at(position),
      };
    } catch (error) {
      const { kind, message } = asAppError(error);
      if (kind !== 'unavailable') throw error;
      return {
        pending_approvals: null,
        read_models: { status: 'unavailable', reason: message },
      };
    }
  }
}

function nullWhenUnavailable(error: unknown): null {
  if (asAppError(error).kind !== 'unavailable') throw error;
  return null;
}
