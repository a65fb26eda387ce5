import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection, { type SMTPConnectionOptions } from 'nodemailer/lib/smtp-connection';
import type { NodemailerError } from 'nodemailer';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { AddressNotAllowed, type DestinationGuard } from '../http/destination-guard.ts';
import { failed, interrupted, stoppedBy, type ToolResult } from '../ports/tool.port.ts';
import { secretReference } from '../secrets/secret-reference.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { SmtpAttempt } from './smtp-attempt.ts';

const RECIPIENTS_MAX = 20;
const SUBMISSION_PORT = 587;
/** Of one answer of the server. */
const ANSWER_BYTES_MAX = 10_000;
const CONTROL = /\p{Cc}/u;

export const smtpConfig = z
  .strictObject({
    kind: z.literal('smtp'),
    /** A name or an IPv4 address. `http.allow` has to list it with its port. */
    host: z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?$/),
    port: z.int().min(1).max(65_535).default(SUBMISSION_PORT),
    /** `starttls` and `implicit` send nothing before the server has shown a good certificate. */
    tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
    /** Reference to the PEM text of who signs the server's certificate, if not a public authority. */
    ca: secretReference.optional(),
    login: z.strictObject({ user: z.string().min(1), password: secretReference }).optional(),
    from: z.email(),
    to: z.array(z.email()).min(1).max(RECIPIENTS_MAX),
  })
  .refine(({ tls, login }) => tls !== 'none' || login === undefined, {
    path: ['login'],
    message: 'would be sent in clear text: tls may not be none',
  });
export type SmtpConfig = z.output<typeof smtpConfig>;

export interface Mail {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** The same for each attempt at one effect: it makes the Message-ID. */
  readonly callId: string;
  readonly date: Date;
}

export interface MailDelivery {
  readonly secrets: Secrets;
  readonly guard: DestinationGuard;
  /** For all of it. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Hands a mail to a server, past the guard of all requests. `failed` when the server has not taken
 * it: `invalid_url`, `host_not_allowed`, `connect_failed`, `tls_failed`, `login_refused`,
 * `mail_refused`, `connection_lost`, `timeout`, `cancelled`. `interrupted` when it was sent and
 * the answer was lost. https://www.rfc-editor.org/rfc/rfc5321
 * @throws MissingCredential
 */
export async function sendMail(
  channel: SmtpConfig,
  mail: Mail,
  { secrets, guard, timeoutMs, signal }: MailDelivery,
): Promise<ToolResult> {
  if (CONTROL.test(mail.subject)) throw new Error('the subject was not validated');
  const { host, port, login } = channel;
  const authority = channel.ca === undefined ? undefined : await secrets.resolve(channel.ca);
  const password = login && (await secrets.resolve(login.password));
  const checked = guard.checked(`http://${host}:${port}`);
  if (!(checked instanceof URL)) return failed(checked.code, checked.message);
  const timeout = AbortSignal.timeout(timeoutMs);
  const attempt = new SmtpAttempt(AbortSignal.any([signal, timeout]));
  try {
    const raw = await composed(channel, mail);
    const socket = await attempt.opened(guard, host, port);
    await attempt.greet(new SMTPConnection(connectionOptions(channel, socket, authority)));
    if (login && password !== undefined) await attempt.logIn(login.user, password);
    const sent = await attempt.send({ from: channel.from, to: [...channel.to] }, raw);
    const { length: accepted } = sent.accepted;
    const result = { accepted, refused: [...sent.rejected], messageId: messageIdOf(channel, mail) };
    return { status: 'succeeded', result: { configured: true, ...result } };
  } catch (error) {
    // Whoever answers to a mail that it was sent has decided on it.
    const decided = (error as NodemailerError).responseCode !== undefined;
    const ended = attempt.sending && !decided ? interrupted : failed;
    const where = `${host}:${port}`;
    if (signal.aborted) return ended('cancelled', `The mail was stopped, ${stoppedBy(signal)}.`);
    if (timeout.aborted) {
      return ended('timeout', `${where} did not take the mail within ${timeoutMs} ms.`);
    }
    return ended(codeOf(error, attempt), `${where}: ${(error as Error).message}`);
  } finally {
    attempt.close();
  }
}

function connectionOptions(
  { host, port, tls, from }: SmtpConfig,
  socket: Socket,
  authority: string | undefined,
): SMTPConnectionOptions {
  return {
    connection: socket,
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', ...(authority === undefined ? {} : { ca: authority }) },
    // Not the name of this machine.
    name: domainOf(from),
    maxResponseSize: ANSWER_BYTES_MAX,
    socketCloseTimeout: 0,
  };
}

function composed(channel: SmtpConfig, mail: Mail): Promise<Buffer> {
  const { from, to } = channel;
  const { subject, text, date } = mail;
  return new MailComposer({
    from,
    to: [...to],
    subject,
    text,
    date,
    messageId: messageIdOf(channel, mail),
    // Nobody is on holiday for a machine: https://www.rfc-editor.org/rfc/rfc3834#section-5
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}

const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1);
const messageIdOf = ({ from }: SmtpConfig, { callId }: Mail) => `<${callId}@${domainOf(from)}>`;

const CODES: Readonly<Record<string, string>> = {
  ETLS: 'tls_failed',
  EAUTH: 'login_refused',
  ENOAUTH: 'login_refused',
  EENVELOPE: 'mail_refused',
  EMESSAGE: 'mail_refused',
};

function codeOf(error: unknown, { connected }: SmtpAttempt): string {
  if (error instanceof AddressNotAllowed) return 'host_not_allowed';
  if (!connected) return 'connect_failed';
  const { code = '', originalCode } = error as NodemailerError;
  // What is no code of the system, such as ECONNRESET, is one of TLS.
  if (originalCode !== undefined && !/^E[A-Z]+$/.test(originalCode)) return 'tls_failed';
  return CODES[code] ?? 'connection_lost';
}
