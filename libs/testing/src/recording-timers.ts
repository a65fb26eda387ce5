import type { Command } from '@signalbox/kernel';
import { Timers, type SendOptions } from '@signalbox/messaging';

export interface ScheduledCommand extends SendOptions {
  readonly command: Command;
  readonly at: Date;
}

/** Keeps what is scheduled, each id once as the server does; a test says when one fires. */
export class RecordingTimers extends Timers {
  /** Every call, also those that replaced one before. */
  readonly attempts: ScheduledCommand[] = [];
  readonly #scheduled = new Map<string, ScheduledCommand>();

  /** What has not fired, the earliest first. */
  get scheduled(): readonly ScheduledCommand[] {
    return [...this.#scheduled.values()].toSorted((a, b) => a.at.getTime() - b.at.getTime());
  }

  async schedule(command: Command, options: SendOptions & { readonly at: Date }): Promise<void> {
    const scheduled = { command, ...options };
    this.attempts.push(scheduled);
    this.#scheduled.set(options.id, scheduled);
  }

  /** The earliest, which is then gone; undefined when there is none. */
  fire(): ScheduledCommand | undefined {
    const [first] = this.scheduled;
    if (first) this.#scheduled.delete(first.id);
    return first;
  }
}
