import { Logger } from '@nestjs/common';
import type { ToolRegistered } from '@signalbox/contracts';
import { newId, ownStory, type Clock } from '@signalbox/kernel';
import { execute, type EventStore } from '@signalbox/messaging';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tool, ToolSource } from '../ports/tool.port.ts';
import { saidOnce } from './said-once.decider.ts';
import { registrationOf, type ToolCatalogue } from './tool-catalogue.ts';

const registration = saidOnce<ToolRegistered>();

/**
 * How long the start waits for what is slow, so that the tools of a server that is well are there with
 * the gateway: a run keeps to those that are there when it begins. On two cores with much to do such a
 * server took over 5 s. What comes later is published then.
 */
const START_WAIT_MS = 15_000;
const TRY_AGAIN_MS = 5_000;

export interface ToolPublisherOptions {
  readonly catalogue: ToolCatalogue;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly policyDigest: string;
  readonly startWaitMs?: number;
  readonly tryAgainMs?: number;
}

/** Tells agents, workflows and people through the audit stream which tools there are. */
export class ToolPublisher {
  private readonly logger = new Logger(ToolPublisher.name);
  private readonly stopped = new AbortController();

  constructor(private readonly options: ToolPublisherOptions) {}

  /** Resolves once every source that answers in good time is published. */
  async start(): Promise<void> {
    const { catalogue, startWaitMs = START_WAIT_MS } = this.options;
    const first = catalogue.sources.map((source) => this.follow(source));
    await Promise.race([Promise.all(first), this.wait(startWaitMs)]);
  }

  stop(): void {
    this.stopped.abort();
  }

  private async publish(tools: readonly Tool[]): Promise<void> {
    const { catalogue, store, clock, policyDigest } = this.options;
    for (const tool of tools) {
      const offered = catalogue.offerOf(tool);
      if (!offered) continue;
      const ref = { aggregate: 'tool', id: tool.definition.name };
      const command = registrationOf(offered, policyDigest);
      const context = ownStory(newId(clock.now()), 'service:tool-gateway');
      await execute(store, registration, ref, { command, context });
    }
  }

  /** Resolves once the first list is published. Each later one is published behind those before it. */
  private async follow(source: ToolSource): Promise<void> {
    const first = await this.untilDone(source, () => source.tools());
    if (!first) return;
    let newest = first;
    let before = Promise.resolve();
    const publishBehind = async (others: Promise<void>, tools: readonly Tool[]) => {
      await others;
      await this.untilDone(
        source,
        () => this.publish(tools),
        () => newest === tools,
      );
    };
    const publish = (tools: readonly Tool[]): Promise<void> => {
      newest = tools;
      before = publishBehind(before, tools);
      return before;
    };
    source.onListed((tools) => void publish(tools));
    await publish(first);
  }

  /** What `work` resolves to in the end; absent when it counts no more. That it fails is told once. */
  private async untilDone<T>(
    source: ToolSource,
    work: () => Promise<T>,
    counts = () => true,
  ): Promise<T | undefined> {
    for (let failures = 0; counts() && !this.stopped.signal.aborted; failures++) {
      try {
        return await work();
      } catch (error) {
        const why = `the tools of ${source.name} are not published yet: ${String(error)}`;
        if (failures === 0) this.logger.warn(why);
        await this.wait(this.options.tryAgainMs ?? TRY_AGAIN_MS);
      }
    }
    return undefined;
  }

  /** Not longer than until it is stopped. */
  private async wait(ms: number): Promise<void> {
    const { signal } = this.stopped;
    await delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
