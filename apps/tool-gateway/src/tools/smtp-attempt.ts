import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { DestinationGuard } from '../http/destination-guard.ts';

export interface Sent {
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
}

/** One mail on its way to one server. Each step throws once `stop` is aborted. */
export class SmtpAttempt {
  connected = false;
  /** From then on the server may take the mail. */
  sending = false;
  private socket: Socket | undefined;
  private connection: SMTPConnection | undefined;

  constructor(private readonly stop: AbortSignal) {}

  /** A connection to nothing that the guard does not let through. */
  async opened(guard: DestinationGuard, host: string, port: number): Promise<Socket> {
    const socket = await this.unlessStopped<Socket>((resolve, reject) => {
      const where = { hostname: host, host, protocol: 'http:', port: `${port}` };
      guard.connectorFor(port)(where, (error, opened) => {
        if (error) return reject(error);
        if (this.stop.aborted) opened?.destroy();
        resolve(opened as Socket);
      });
    });
    this.connected = true;
    this.socket = socket;
    return socket;
  }

  greet(connection: SMTPConnection): Promise<void> {
    this.connection = connection;
    return this.unlessStopped((resolve, reject) => {
      connection.on('error', reject);
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
  }

  logIn(user: string, pass: string): Promise<void> {
    return this.unlessStopped((resolve, reject) => {
      const auth = { user, pass, credentials: { user, pass } };
      this.connection?.login(auth, (error) => (error ? reject(error) : resolve()));
    });
  }

  send(envelope: { readonly from: string; readonly to: string[] }, raw: Buffer): Promise<Sent> {
    // Read for the first time when the server has taken the envelope and waits for the mail.
    const body = new Readable({
      read: () => {
        this.sending = true;
        body.push(raw);
        body.push(null);
      },
    });
    return this.unlessStopped((resolve, reject) => {
      this.connection?.on('error', reject);
      this.connection?.send(envelope, body, (error, sent) => {
        if (error || !sent) return reject(error ?? new Error('the mail was not sent'));
        resolve(sent);
      });
    });
  }

  close(): void {
    this.connection?.close();
    this.socket?.destroy();
  }

  private unlessStopped<T>(
    act: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.stop.throwIfAborted();
      this.stop.addEventListener('abort', () => reject(this.stop.reason), { once: true });
      act(resolve, reject);
    });
  }
}
