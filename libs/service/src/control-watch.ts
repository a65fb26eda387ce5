import { Injectable, type OnModuleInit } from '@nestjs/common';
import { controlHalted } from '@signalbox/contracts';
import { AppError, Clock, type RecordedEvent } from '@signalbox/kernel';
import { EventFeed, followForever, type Following } from '@signalbox/messaging';

/** Silence of the watch after which we must assume that a halt was missed. */
const SILENCE_MAX_MS = 10_000;

/** What the kill switch says, as far as this process can know. Fails closed. */
@Injectable()
export class ControlWatch implements OnModuleInit {
  private readonly listeners = new Set<() => void>();
  private following: Following | undefined;
  private on = false;
  private lastSequence = 0;

  constructor(
    private readonly events: EventFeed,
    private readonly clock: Clock,
  ) {}

  /** The audit sequence of the last control event; 0 before the first. */
  get epoch(): number {
    return this.lastSequence;
  }

  get halted(): boolean {
    return this.on;
  }

  state(): 'running' | 'halted' | 'unknown' {
    const heardAt = this.following?.heardAt ?? 0;
    if (this.clock.now().getTime() - heardAt > SILENCE_MAX_MS) return 'unknown';
    return this.on ? 'halted' : 'running';
  }

  /** Why the state is `unknown`, in words for people. */
  get trouble(): string {
    const { trouble } = this.following ?? {};
    return trouble
      ? `The kill switch cannot be followed: ${trouble.message}`
      : `Nothing was heard of the kill switch for ${SILENCE_MAX_MS / 1000} s.`;
  }

  /** @throws AppError `unavailable` when the watch is lost, `forbidden` while halted. */
  assertRunning(): void {
    const state = this.state();
    if (state === 'running') return;
    throw state === 'halted'
      ? new AppError({ code: 'halted', kind: 'forbidden', message: 'The kill switch is on.' })
      : new AppError({ code: 'control_unknown', kind: 'unavailable', message: this.trouble });
  }

  /** Calls `listener` at every halt. Returns the function that ends this. */
  onHalt(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async onModuleInit(): Promise<void> {
    this.following = await followForever(this.events, {
      name: 'the kill switch',
      aggregates: ['control'],
      handle: (events) => events.forEach((event) => this.observe(event)),
    });
  }

  async stop(): Promise<void> {
    await this.following?.stop();
  }

  private observe(event: RecordedEvent): void {
    this.lastSequence = event.record.sequence;
    this.on = event.type === controlHalted.type;
    if (this.on) for (const listener of this.listeners) listener();
  }
}
