import type { NatsConnection } from '@nats-io/nats-core';
import type { EndedRuns } from '@signalbox/executions';
import { subjectsOf } from '@signalbox/messaging';

/**
 * On core NATS, at most once: a replica that misses it finds the run ended when its model has
 * answered, and pays for the answer.
 */
export class NatsEndedRuns implements EndedRuns {
  constructor(
    private readonly connection: NatsConnection,
    private readonly env: string,
  ) {}

  tell(executionId: string): void {
    try {
      this.connection.publish(this.subject(executionId));
    } catch {
      // The connection is being closed; nothing is lost but time.
    }
  }

  /** Until the connection closes. */
  listen(handle: (executionId: string) => void): void {
    this.connection.subscribe(this.subject('*'), {
      callback: (error, message) => {
        const executionId = error ? undefined : message.subject.split('.').at(-1);
        if (executionId) handle(executionId);
      },
    });
  }

  private subject(id: string): string {
    return subjectsOf(this.env).ended({ aggregate: 'execution', id });
  }
}
