/**
 * Who did it: `<kind>:<id>`, e.g. `person:ops`, `service:router`, `source:datadog`, `agent:diagnose_repair`.
 */
export type Actor = `${'person' | 'service' | 'source' | 'agent'}:${string}`;

/** What every message carries about why it exists. */
export interface MessageContext {
  /** The id of the message that began the whole story; a signal's id in most cases. */
  readonly correlationId: string;
  /** The id of the message that was being handled when this one was made. */
  readonly causationId: string;
  readonly actor: Actor;
  /**
   * The control epoch under which the work began: the audit sequence of the last control event
   * then known, 0 before the first. Work of an epoch that a halt has ended is refused for good.
   */
  readonly epoch: number;
  /** W3C Trace Context header of the span in which this message was made. */
  readonly traceparent?: string;
}

/** The context of what begins a story of its own: the message with this id has no cause but itself. */
export function ownStory(id: string, actor: Actor, epoch = 0): MessageContext {
  return { correlationId: id, causationId: id, actor, epoch };
}

/** The context of what is done because of `cause`. */
export function causedBy(
  cause: MessageContext & { readonly id: string },
  actor: Actor,
): MessageContext {
  return {
    correlationId: cause.correlationId,
    causationId: cause.id,
    actor,
    epoch: cause.epoch,
    ...(cause.traceparent === undefined ? {} : { traceparent: cause.traceparent }),
  };
}
