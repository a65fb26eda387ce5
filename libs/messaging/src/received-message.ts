/** A message as a consumer hands it over. Handlers never see the transport's own. */
export interface ReceivedMessage {
  readonly stream: string;
  readonly subject: string;
  /** Sequence in its stream. */
  readonly sequence: number;
  /** When the server stored it. */
  readonly time: Date;
  /** 1 the first time. */
  readonly deliveries: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}
