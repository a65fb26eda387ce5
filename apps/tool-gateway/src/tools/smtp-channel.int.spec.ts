import type { JsonObject } from '@signalbox/kernel';
import { schemaValidator } from '@signalbox/json-schema';
import { CERTIFICATE, startMailServer, type MailServer } from '@signalbox/testing';
import type { SMTPServerOptions } from 'smtp-server';
import { Redactor } from '../secrets/redactor.ts';
import { NotificationTool, notificationsConfig } from './notification.tool.ts';
import { call, toolboxFor } from './peer.fixture.spec.ts';

const PASSWORD = 'password-of-the-mailer';
const notification = { channel: 'mail', title: 'Checkout is slow', text: 'p99', severity: 'error' };
const login = { user: 'mailer', password: 'env:PASSWORD' };
const servers: MailServer[] = [];

afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function serverWith(options: SMTPServerOptions = {}): Promise<MailServer> {
  const server = await startMailServer(options);
  servers.push(server);
  return server;
}

interface Given {
  readonly channel?: object;
  readonly allow?: readonly string[];
  readonly timeoutMs?: number;
}

function toolFor({ port }: { readonly port: number }, given: Given = {}) {
  const { channel = {}, allow = [`127.0.0.1:${port}`], timeoutMs = 10_000 } = given;
  const addresses = { from: 'signalbox@example.test', to: ['ops@example.test'] };
  const mail = {
    kind: 'smtp',
    host: '127.0.0.1',
    port,
    ca: 'env:CA',
    login,
    ...addresses,
    ...channel,
  };
  const env = { PASSWORD, CA: CERTIFICATE, WRONG: 'password-of-nobody' };
  const redactor = new Redactor();
  const toolbox = toolboxFor({ allow, env }, redactor);
  const tool = new NotificationTool(
    notificationsConfig.parse({ channels: { mail }, timeoutMs }),
    toolbox,
  );
  const send = (change: JsonObject = {}) => tool.run({ ...notification, ...change }, call());
  return { tool, send, redactor };
}

describe('send_notification by mail', () => {
  it.each([
    ['starttls', {}],
    ['implicit', { secure: true }],
  ])('GTW-3: sends a mail over TLS, logged in: %s', async (tls, options) => {
    const server = await serverWith(options);
    const answer = await toolFor(server, { channel: { tls } }).send();
    expect(answer).toEqual({
      status: 'succeeded',
      result: {
        configured: true,
        accepted: 1,
        refused: [],
        messageId: '<CALL1@example.test>',
      },
    });
    expect(server.mails).toMatchObject([
      { from: 'signalbox@example.test', to: ['ops@example.test'], user: 'mailer', secure: true },
    ]);
    const [{ text } = { text: '' }] = server.mails;
    for (const line of [
      'Subject: [error] Checkout is slow',
      'Date: Thu, 01 Jan 2026 12:00:00 +0000',
      'Auto-Submitted: auto-generated',
    ]) {
      expect(text.split('\r\n')).toContain(line);
    }
  });

  it('GTW-6: a mail that is sent again has the same Message-ID', async () => {
    const server = await serverWith();
    const { send } = toolFor(server);
    await send();
    await send();
    const ids = server.mails.map(({ text }) => /^Message-ID: (.+)$/im.exec(text)?.[1]);
    expect(ids).toEqual(['<CALL1@example.test>', '<CALL1@example.test>']);
  });

  it.each([
    ['a certificate that nobody vouches for', { ca: undefined }, {}],
    ['a server without TLS', {}, { disabledCommands: ['STARTTLS'] }],
    ['a server that breaks TLS off', { tls: 'implicit' }, {}],
  ])(
    'GTW-8: tells its password to no server that may be another: %s',
    async (_, channel, options) => {
      const server = await serverWith(options);
      const answer = await toolFor(server, { channel }).send();
      expect(answer).toMatchObject({ status: 'failed', code: 'tls_failed' });
      expect([server.logins, server.mails]).toEqual([[], []]);
    },
  );

  it('GTW-8: says that the login is refused, and repeats no password when the server does', async () => {
    const server = await serverWith();
    const { send, redactor } = toolFor(server, {
      channel: { login: { ...login, password: 'env:WRONG' } },
    });
    const answer = await send();
    expect(answer).toMatchObject({ status: 'failed', code: 'login_refused' });
    expect(JSON.stringify(redactor.redactJson(answer))).not.toContain('password-of-nobody');
    expect(server.mails).toEqual([]);
  });

  it('GTW-8: says which credential is missing, before anything is sent', async () => {
    const server = await serverWith();
    const { send } = toolFor(server, { channel: { login: { ...login, password: 'env:GONE' } } });
    await expect(send()).rejects.toThrow('The credential env:GONE is not there.');
  });

  it('GTW-7: asks no server that is not listed', async () => {
    const server = await serverWith();
    expect(await toolFor(server, { allow: [] }).send()).toMatchObject({
      status: 'failed',
      code: 'host_not_allowed',
    });
    const { send } = toolFor(server, {
      channel: { host: 'localhost' },
      allow: [`localhost:${server.port}`],
    });
    expect(await send()).toMatchObject({ status: 'failed', code: 'host_not_allowed' });
  });

  it('GTW-3: says whom the server refuses', async () => {
    const onRcptTo: SMTPServerOptions['onRcptTo'] = ({ address }, _session, done) =>
      address.startsWith('gone') ? done(new Error('no such user')) : done();
    const server = await serverWith({ onRcptTo });
    const to = ['ops@example.test', 'gone@example.test'];
    expect(await toolFor(server, { channel: { to } }).send()).toMatchObject({
      status: 'succeeded',
      result: { accepted: 1, refused: ['gone@example.test'] },
    });
    expect(await toolFor(server, { channel: { to: to.slice(1) } }).send()).toMatchObject({
      status: 'failed',
      code: 'mail_refused',
      message: expect.stringContaining('no such user'),
    });
  });

  it('GTW-3: a mail that the server answers no to was not sent', async () => {
    const server = await serverWith({
      onData: (stream, _session, done) => {
        stream.resume().on('end', () => done(new Error('too spammy')));
      },
    });
    expect(await toolFor(server).send()).toMatchObject({ status: 'failed', code: 'mail_refused' });
  });

  it('GTW-6: nobody knows of a mail whose answer was lost', async () => {
    const server: MailServer = await serverWith({
      onData: (stream) => {
        stream.resume().on('end', () => server.cutOff());
      },
    });
    expect(await toolFor(server).send()).toMatchObject({
      status: 'interrupted',
      code: 'connection_lost',
    });
    await server.close();
    expect(await toolFor(server).send()).toMatchObject({
      status: 'failed',
      code: 'connect_failed',
    });
  });

  it('GTW-6: nobody knows of a mail whose answer does not come', async () => {
    const server = await serverWith({ onData: (stream) => void stream.resume() });
    const { send } = toolFor(server, { timeoutMs: 1_000 });
    expect(await send()).toMatchObject({ status: 'interrupted', code: 'timeout' });
  });

  it('GTW-3: a server that does not greet was told nothing', async () => {
    const server = await serverWith({ onConnect: () => undefined });
    const { send } = toolFor(server, { timeoutMs: 500 });
    expect(await send()).toMatchObject({ status: 'failed', code: 'timeout' });
  });

  it('CTL-1: stops when the signal is aborted', async () => {
    const server = await serverWith({ onConnect: () => undefined });
    const { tool } = toolFor(server);
    const controller = new AbortController();
    const answer = tool.run(notification, { callId: 'CALL1', signal: controller.signal });
    controller.abort();
    expect(await answer).toMatchObject({ status: 'failed', code: 'cancelled' });
  });

  it('GTW-7: no text adds a header, a recipient or a second mail', async () => {
    const server = await serverWith();
    const { send } = toolFor(server);
    const hostile = [
      'x\r\n.\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\nSubject: two\r\n.\r\n',
      'x\n.\nMAIL FROM:<a@b.test>\n',
      'x\r.\rQUIT\r',
      '\r\nBcc: victim@example.test\r\n\r\n',
      '..\r\n...\r\n.',
      '\u0000\u001b[2J💥\ud800',
    ];
    for (const text of hostile) expect(await send({ text })).toMatchObject({ status: 'succeeded' });
    expect(server.mails).toHaveLength(hostile.length);
    for (const { to, text } of server.mails) {
      expect(to).toEqual(['ops@example.test']);
      const [headers = ''] = text.split('\r\n\r\n');
      expect(headers).not.toMatch(/bcc|two/i);
    }
  });

  it('GTW-7: a title of more than one line is refused', async () => {
    const server = await serverWith();
    const { tool, send } = toolFor(server);
    const problemOf = schemaValidator(tool.definition.inputSchema, 'arguments');
    expect(problemOf({ ...notification, title: 'Grün & <b> "7"' })).toBeUndefined();
    for (const sign of ['\r\n', '\n', '\r', '\u0000', '\u007f', '\u0085']) {
      const title = `x${sign}Bcc: victim@example.test`;
      expect(problemOf({ ...notification, title })).toBeDefined();
      await expect(send({ title })).rejects.toThrow(/not validated/);
    }
    expect(server.mails).toEqual([]);
  });

  it.each([
    ['a password in clear text', { tls: 'none' }],
    ['an address with a header', { login: undefined, to: ['a@b.test\r\nBcc: c@d.test'] }],
    ['a host that is more', { host: 'mail.test/x' }],
    ['nobody', { to: [] }],
  ])('GTW-8: the configuration may not ask for %s', (_, channel) => {
    expect(() => toolFor({ port: 25 }, { channel })).toThrow(/channels|mail/);
  });
});
