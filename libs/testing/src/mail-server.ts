import type { AddressInfo, Socket } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';

/**
 * Signed by itself, for localhost and 127.0.0.1, until 2126. The key is good for nothing else, and
 * without its PEM frame so that nobody takes it for a secret.
 */
const KEY = [
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghBvnj4pstNkQSrm1',
  'NdkVOLFMrbc+ckDeclYeEPongFehRANCAAQgC5jv7piTJV4qlWqTAR39Dil/OCOH',
  '7vn+Yqu6DvAZItDD7sXMyjA2z2XNTnDKtkl862Eqb+xCPW+/JukXM5VC',
].join('\n');
export const CERTIFICATE = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBpTCCAUugAwIBAgIUCc7Qqs2rvj1iqCzuCBVeVi4M9K4wCgYIKoZIzj0EAwIw',
  'GTEXMBUGA1UEAwwOc2lnbmFsYm94IHRlc3QwIBcNMjYxMTIxMTYyNjIzWhgPMjEy',
  'NjEwMjgxNjI2MjNaMBkxFzAVBgNVBAMMDnNpZ25hbGJveCB0ZXN0MFkwEwYHKoZI',
  'zj0CAQYIKoZIzj0DAQcDQgAEIAuY7+6YkyVeKpVqkwEd/Q4pfzgjh+75/mKrug7w',
  'GSLQw+7FzMowNs9lzU5wyrZJfOthKm/sQj1vvybpFzOVQqNvMG0wHQYDVR0OBBYE',
  'FF7EiN2qHFr2tnQzKYuyKllL0IsaMB8GA1UdIwQYMBaAFF7EiN2qHFr2tnQzKYuy',
  'KllL0IsaMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/',
  'AAABMAoGCCqGSM49BAMCA0gAMEUCIQDKnp4E3Yxnx3W2sOwACszm7M3olhh/Zd0d',
  'bVI3BiXMQQIgHEAHPUvBOqNPO+SewsemIApkBjjBGORgzzSRgqarAUg=',
  '-----END CERTIFICATE-----',
].join('\n');
const key = `-----BEGIN ${'PRIVATE KEY'}-----\n${KEY}\n-----END ${'PRIVATE KEY'}-----\n`;

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly secure: boolean;
  readonly text: string;
}

export interface MailServer {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Every user that tried to log in, with what it gave. */
  readonly logins: string[];
  /** Ends every connection in the middle of what it does. */
  cutOff(): void;
  close(): Promise<void>;
}

/** A real SMTP server, which takes one password and keeps what it gets. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  // Few tests send mail, and all load this package.
  const { SMTPServer } = await import('smtp-server');
  const mails: ReceivedMail[] = [];
  const logins: string[] = [];
  const server = new SMTPServer({
    key,
    cert: CERTIFICATE,
    logger: false,
    authOptional: true,
    closeTimeout: 100,
    onAuth: ({ username, password }, _session, done) => {
      logins.push(`${username}:${password}`);
      if (password === 'password-of-the-mailer') return done(null, { user: username ?? '' });
      done(Object.assign(new Error(`no: ${password}`), { responseCode: 535 }));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          user: session.user as string | undefined,
          secure: session.secure,
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
    ...options,
  });
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => sockets.add(socket));
  // Handshakes that fail are what the tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    logins,
    cutOff: () => sockets.forEach((socket) => socket.destroy()),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
