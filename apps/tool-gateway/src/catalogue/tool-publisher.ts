import { Logger } from '@nestjs/common';
import { newId, type Clock } from '@signalbox/kernel';
import { execute, type EventStore } from '@signalbox/messaging';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tool, ToolSource } from '../ports/tool.port.ts';
import { registrationOf, type ToolCatalogue } from './tool-catalogue.ts';
import { toolRegistrationDecider } from './tool-registration.decider.ts';

/** How long the start waits for a slow source; it is published when it is there. */
const START_WAIT_MS = 15_000;
const LIST_AGAIN_MS = 5_000;

export interface ToolPublisherOptions {
  readonly catalogue: ToolCatalogue;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly policyDigest: string;
}

/** Tells agents, workflows and people through the audit stream which tools there are. */
export class ToolPublisher {
  private readonly logger = new Logger(ToolPublisher.name);
  private readonly stopped = new AbortController();

  constructor(private readonly options: ToolPublisherOptions) {}

  /** Resolves once every source that answers in good time is published. */
  async start(): Promise<void> {
    const { signal } = this.stopped;
    const first = this.options.catalogue.sources.map(async (source) => {
      await this.publishUntilDone(source);
      source.onListed((tools) => {
        this.publish(tools).catch((error: unknown) => this.warn(source, error));
      });
    });
    await Promise.race([
      Promise.all(first),
      delay(START_WAIT_MS, undefined, { signal, ref: false }).catch(() => undefined),
    ]);
  }

  stop(): void {
    this.stopped.abort();
  }

  async publish(tools: readonly Tool[]): Promise<void> {
    const { catalogue, store, clock, policyDigest } = this.options;
    for (const tool of tools) {
      const offered = catalogue.offerOf(tool);
      if (!offered) continue;
      const id = newId(clock.now());
      await execute(
        store,
        toolRegistrationDecider,
        { aggregate: 'tool', id: tool.definition.name },
        {
          command: registrationOf(offered, policyDigest),
          context: {
            correlationId: id,
            causationId: id,
            actor: 'service:tool-gateway',
            epoch: 0,
          },
        },
      );
    }
  }

  private async publishUntilDone(source: ToolSource): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        return await this.publish(await source.tools());
      } catch (error) {
        this.warn(source, error);
        await delay(LIST_AGAIN_MS, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  private warn(source: ToolSource, error: unknown): void {
    this.logger.warn(`the tools of ${source.name} are not published: ${String(error)}`);
  }
}
