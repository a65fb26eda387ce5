import { digestOf, newId } from '@signalbox/kernel';
import { JetStreamBlobStore } from '@signalbox/messaging';
import { startBench, type Bench } from '../ingest.fixture.spec.ts';

describe('GET /api/blobs/{digest}', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.stop());

  it('AGT-8: gives out what an event refers to, to be saved and not to be shown', async () => {
    const result = { page: '<script>alert(1)</script>', text: 'x'.repeat(2_000_000) };
    const blobs = new JetStreamBlobStore(bench.connection);
    const { digest, bytes } = await blobs.put(
      Buffer.from(JSON.stringify(result)),
      'application/json',
    );
    const { status, headers, body } = await bench.call(`/api/blobs/${digest}`);
    expect(status).toBe(200);
    expect(body).toEqual(result);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('content-length')).toBe(`${bytes}`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="${digest.slice('sha256:'.length)}"`,
    );
  });

  it.each([
    ['without a key', 401, digestOf('x'), { 'x-stourio-key': undefined }],
    ['of a blob that is not there', 404, digestOf(newId()), {}],
    ['of what is no digest', 422, 'sha256:..', {}],
  ])('answers a request %s with %i', async (_, status, digest, headers) => {
    const answer = await bench.call(`/api/blobs/${digest}`, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/problem\+json/);
  });
});
