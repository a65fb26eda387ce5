import { eventually } from '@signalbox/testing';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Destinations, destinationList } from './destinations.ts';
import type { DestinationGuardOptions } from './destination-guard.ts';
import { OutgoingHttp, type HttpRequest } from './outgoing-http.ts';

const servers: Server[] = [];
const seen: { url: string; headers: Record<string, unknown>; body: string }[] = [];

const routes: Record<string, RequestListener> = {
  '/redirect': (_, response) => response.writeHead(302, { location: '/secret' }).end(),
  '/cookie': (_, response) => response.setHeader('set-cookie', 'a=b; Path=/').end('{}'),
  '/large': (_, response) => response.end('x'.repeat(2_000)),
  '/endless': (_, response) => {
    const timer = setInterval(() => response.write('x'.repeat(500)), 1);
    response.on('close', () => clearInterval(timer));
  },
  '/silent': () => {},
  '/half': (request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setTimeout(() => request.socket.destroy(), 50);
  },
  '/half-and-silent': (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
  },
  '/lost': (request) => request.socket.destroy(),
};

function serve(host: string, port = 0): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { url = '', headers } = request;
    const body = (await Array.fromAsync(request)).join('');
    seen.push({ url, headers, body });
    (routes[url] ?? ((_, res) => res.end('ok')))(request, response);
  });
  servers.push(server);
  return new Promise((resolve) => server.listen(port, host, () => resolve(server)));
}

describe('outgoing HTTP', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = await serve('127.0.0.1');
    ({ port } = server.address() as AddressInfo);
  });
  beforeEach(() => seen.splice(0));
  afterAll(() => {
    for (const each of servers) {
      each.closeAllConnections();
      each.close();
    }
  });

  const httpTo = (list: readonly string[], resolve?: DestinationGuardOptions['resolve']) =>
    new OutgoingHttp({
      destinations: new Destinations(destinationList.parse(list)),
      ...(resolve ? { resolve } : {}),
    });
  const get = (path: string, given: Partial<HttpRequest> = {}, list = [`127.0.0.1:${port}`]) =>
    httpTo(list).send({
      method: 'GET',
      url: `http://127.0.0.1:${port}${path}`,
      timeoutMs: 10_000,
      bytesMax: 1_000,
      signal: new AbortController().signal,
      ...given,
    });

  it('GTW-7: reaches a private address that is listed, with its port, and no other', async () => {
    expect(await get('/')).toMatchObject({ status: 'answered', code: 200, body: 'ok' });
    expect(await get('/', {}, ['127.0.0.1'])).toMatchObject({ code: 'host_not_allowed' });
    expect(seen).toHaveLength(1);
  });

  it('GTW-7: connects to the very address that was checked', async () => {
    await serve('127.0.0.2', port);
    // A name server that answers with what is allowed first, and then with what is not.
    const answers = ['127.0.0.1', '127.0.0.2'];
    const asked: string[] = [];
    const http = httpTo([`a.test:${port}`, `127.0.0.1:${port}`], async (host) => {
      asked.push(host);
      return [{ address: answers.shift() ?? '127.0.0.2', family: 4 }];
    });
    const url = `http://a.test:${port}/`;
    const { signal } = new AbortController();
    const request = { method: 'GET', url, timeoutMs: 10_000, bytesMax: 100, signal } as const;
    expect(await http.send(request)).toMatchObject({ status: 'answered' });
    expect(asked).toHaveLength(1);
    expect(await http.send(request)).toMatchObject({ code: 'host_not_allowed' });
    expect(seen).toHaveLength(1);
  });

  it('GTW-7: of several addresses takes the allowed ones only', async () => {
    const http = httpTo([`a.test:${port}`, `127.0.0.1:${port}`], async () => [
      { address: '127.0.0.3', family: 4 },
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ]);
    const url = `http://a.test:${port}/`;
    const { signal } = new AbortController();
    const outcome = await http.send({ method: 'GET', url, timeoutMs: 9_000, bytesMax: 9, signal });
    expect(outcome).toMatchObject({ status: 'answered' });
  });

  it('GTW-7: localhost is a name like others', async () => {
    const url = `http://localhost:${port}/`;
    expect(await get('', { url })).toMatchObject({ code: 'host_not_allowed' });
    const named = await get('', { url }, [`localhost:${port}`]);
    expect(named).toMatchObject({ status: 'failed', code: 'host_not_allowed' });
    const both = [`localhost:${port}`, `127.0.0.1:${port}`];
    expect(await get('', { url }, both)).toMatchObject({ status: 'answered' });
  });

  it('GTW-7: follows no redirect', async () => {
    expect(await get('/redirect')).toMatchObject({ code: 302, headers: { location: '/secret' } });
    expect(seen.map(({ url }) => url)).toEqual(['/redirect']);
  });

  it('GTW-7: keeps no cookies, and takes no proxy from the environment', async () => {
    const proxy = { HTTP_PROXY: 'http://127.0.0.1:9', http_proxy: 'http://127.0.0.1:9' };
    Object.assign(process.env, proxy);
    await get('/cookie');
    await get('/');
    for (const name of Object.keys(proxy)) delete process.env[name];
    expect(seen).toHaveLength(2);
    expect(seen[1]?.headers).not.toHaveProperty('cookie');
  });

  it('sends method, headers and body', async () => {
    const headers = { 'content-type': 'application/json', 'x-a': 'b' };
    await get('/a?b=c', { method: 'POST', headers, body: '{"a":1}' });
    expect(seen).toMatchObject([{ url: '/a?b=c', headers, body: '{"a":1}' }]);
  });

  it.each(['/large', '/endless'])(
    'GTW-7: an answer that is too large is given up: %s',
    async (path) => {
      expect(await get(path)).toEqual({
        status: 'failed',
        code: 'answer_too_large',
        message: 'It answered 200 with more than 1000 bytes.',
      });
    },
  );

  it.each(['/half', '/half-and-silent'])(
    'GTW-6: of what has an effect the beginning of an answer says that it had it: %s',
    async (path) => {
      const how = { timeoutMs: 1_000 };
      expect(await get(path, { ...how, method: 'POST', cut: true })).toMatchObject({
        status: 'answered',
        code: 200,
        body: 'half',
        isCut: true,
      });
      expect(await get(path, how)).toMatchObject({ status: 'interrupted' });
    },
  );

  it('asks for what is not packed', async () => {
    await get('/');
    expect(seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity' });
  });

  it('CTL-1: does not wait for a connection that it has given up', async () => {
    const asked = Promise.withResolvers<void>();
    const http = httpTo(['a.test'], () => {
      asked.resolve();
      return new Promise(() => {});
    });
    const halt = new AbortController();
    const given = { url: 'http://a.test/', timeoutMs: 60_000, bytesMax: 1 };
    const sent = http.send({ method: 'GET', ...given, signal: halt.signal });
    await asked.promise;
    const startedAt = performance.now();
    halt.abort();
    expect(await sent).toMatchObject({ status: 'failed', code: 'cancelled' });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it('tells what was sent and is uncertain from what was not sent', async () => {
    const silent = await get('/silent', { timeoutMs: 200 });
    expect(silent).toMatchObject({ status: 'interrupted', code: 'timeout' });
    expect(await get('/lost')).toMatchObject({ status: 'interrupted', code: 'connection_lost' });
    const closed = await serve('127.0.0.1');
    const other = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const url = `http://127.0.0.1:${other}/`;
    const refused = await get('', { url }, [`127.0.0.1:${other}`]);
    expect(refused).toMatchObject({ status: 'failed', code: 'connect_failed' });
    const header = await get('/', { headers: { 'x-a': 'b\r\nx-c: d' } });
    expect(header).toMatchObject({ status: 'failed' });
    expect(seen.map((request) => request.url)).toEqual(['/silent', '/lost']);
  });

  it('CTL-1: is stopped by its signal', async () => {
    const controller = new AbortController();
    const sent = get('/silent', { signal: controller.signal });
    await eventually(() => seen.length === 1);
    controller.abort();
    expect(await sent).toMatchObject({ status: 'interrupted', code: 'cancelled' });
  });
});
