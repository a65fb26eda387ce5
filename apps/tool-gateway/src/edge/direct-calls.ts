import { invokeTool, type ToolInvocation, type ToolOutcome } from '@signalbox/contracts';
import { newId, ownStory, type Clock, type JsonObject } from '@signalbox/kernel';
import type { CommandBus } from '@signalbox/messaging';
import type { ToolCatalogue } from '../catalogue/tool-catalogue.ts';

/** Longer than any tool may take. */
const WAIT_MS = 660_000;

export interface DirectCall {
  readonly callId: string;
  readonly outcome: ToolOutcome;
}

export interface DirectCallsOptions {
  readonly bus: CommandBus;
  readonly catalogue: ToolCatalogue;
  readonly clock: Clock;
  readonly caller: string;
  /** The control epoch as the gateway knows it. */
  readonly epoch: () => number;
}

/**
 * Calls of tools that no run waits for. They go the way of all others, by a command on the stream:
 * checked, claimed and recorded, and after a crash taken up by whoever is left.
 */
export class DirectCalls {
  constructor(private readonly options: DirectCallsOptions) {}

  /**
   * Absent when there is no such tool.
   * @throws AppError `unavailable` when it cannot be known, or there is no answer yet.
   */
  async call(tool: string, argumentsGiven: JsonObject): Promise<DirectCall | undefined> {
    const { bus, catalogue, caller, clock, epoch } = this.options;
    const offered = await catalogue.find(tool);
    if (!offered) return undefined;
    const callId = newId(clock.now());
    const invocation: ToolInvocation = {
      callId,
      tool,
      arguments: argumentsGiven,
      definitionDigest: offered.definitionDigest,
      // A call that is its own run is nobody's.
      executionId: callId,
      caller,
      replyTo: 'agent-runner',
    };
    const context = ownStory(callId, 'service:tool-gateway', epoch());
    const answer = await bus.request(invokeTool.of(invocation), {
      id: callId,
      context,
      waitMs: WAIT_MS,
    });
    return { callId, outcome: answer as unknown as ToolOutcome };
  }
}
