import type { RunningService } from '@signalbox/service';
import { startService } from '@signalbox/service';
import { startEmbeddedTestNats, type EmbeddedTestNats } from '@signalbox/testing';
import { loadConfig } from '../config.ts';
import { callEdge, KEY } from '../ingest.fixture.spec.ts';
import { controllers, IngestModule } from '../ingest.module.ts';
import { openApiDocument } from '../main.ts';
import { routesOf } from './document.ts';

describe('/docs', () => {
  let nats: EmbeddedTestNats;
  let edge: RunningService;
  const registered: string[] = [];

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
    const config = loadConfig({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: nats.env,
      SIGNALBOX_API_KEY: KEY,
      SIGNALBOX_LOG_LEVEL: 'error',
    });
    edge = await startService({
      service: 'ingest',
      module: IngestModule.register(config),
      config: config.platform,
      http: {
        host: '127.0.0.1',
        port: 0,
        bodyLimitBytes: 1024,
        configure: (app) =>
          app
            .getHttpAdapter()
            .getInstance()
            .addHook('onRoute', ({ method, url }) => {
              for (const one of [method].flat()) registered.push(`${one} ${url}`);
            }),
      },
    });
  });
  afterAll(async () => {
    await edge?.stop();
    await nats?.stop();
  });

  it('OPS-1: documents every route that the server has, and no other', () => {
    // A HEAD is made of every GET, and says the same.
    const own = registered.filter((route) => !route.startsWith('HEAD ') && !route.includes('*'));
    expect(own.length).toBeGreaterThan(40);
    const documented = routesOf(controllers).map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(own)].toSorted()).toEqual(documented.toSorted());
  });

  it('OPS-1: GET / names the page, which is there without a key, and so is the document', async () => {
    const { body } = await callEdge(`${edge.url}/`, { headers: { 'x-stourio-key': undefined } });
    const page = await fetch(`${edge.url}${String(body['docs'])}`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toMatch(/<html lang="en">/);
    expect(html).not.toMatch(/<script|https?:\/\/(?!127)/);
    for (const { path } of routesOf(controllers))
      expect(html).toContain(path.replaceAll(/:(\w+)/g, '{$1}'));
    const document = await callEdge(`${edge.url}/docs/openapi.json`);
    expect(document).toMatchObject({ status: 200, body: { openapi: '3.1.1' } });
    expect(document.body).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });
});
