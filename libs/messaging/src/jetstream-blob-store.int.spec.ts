import { jetstreamManager } from '@nats-io/jetstream';
import { Objm } from '@nats-io/obj';
import { digestOf, newId } from '@signalbox/kernel';
import {
  eventually,
  itKeepsTheBlobStoreContract,
  startEmbeddedTestNats,
  type EmbeddedTestNats,
} from '@signalbox/testing';
import { JetStreamBlobStore } from './jetstream-blob-store.ts';
import { streams } from './subjects.ts';
import { BLOB_BUCKET } from './topology.ts';

describe('the blob store on JetStream', () => {
  let nats: EmbeddedTestNats;
  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterAll(() => nats.stop());

  itKeepsTheBlobStoreContract(() => ({
    open: () => new JetStreamBlobStore(nats.connection),
    count: async () => {
      const store = await new Objm(nats.connection).open(BLOB_BUCKET);
      return (await store.list()).length;
    },
  }));

  it('leaves nothing of a put that another one was faster with', async () => {
    const manager = await jetstreamManager(nats.connection);
    const bytes = Buffer.from(newId());
    const put = () => new JetStreamBlobStore(nats.connection).put(bytes, 'text/plain');
    const subjects = async () => {
      const { state } = await manager.streams.info(streams.blobs, { subjects_filter: '>' });
      return Object.keys(state.subjects ?? {});
    };
    const before = new Set(await subjects());
    await Promise.all(Array.from({ length: 5 }, put));
    // One piece and what is said of it. The server may be late to remove what is of no use.
    const added = await eventually(async () => {
      const found = (await subjects()).filter((subject) => !before.has(subject));
      return found.length <= 2 && found;
    });
    expect(added).toHaveLength(2);
  });

  it('does not give out bytes that are not those of the digest', async () => {
    const digest = digestOf(newId());
    const store = await new Objm(nats.connection).open(BLOB_BUCKET);
    await store.putBlob({ name: digest }, Buffer.from('something else'));
    const blobs = new JetStreamBlobStore(nats.connection);
    await expect(blobs.get(digest)).rejects.toMatchObject({ kind: 'bug', code: 'blob_corrupt' });
  });

  it('keeps what it has through a kill of the server, and waits for it to be back', async () => {
    const blobs = new JetStreamBlobStore(nats.connection);
    const bytes = Buffer.from(newId());
    const { digest } = await blobs.put(bytes, 'text/plain');
    await nats.server.kill();
    const putting = blobs.put(Buffer.from(newId()), 'text/plain');
    await nats.server.restart();
    await expect(blobs.get((await putting).digest)).resolves.toBeDefined();
    expect(Buffer.from((await blobs.get(digest)).bytes)).toEqual(bytes);
  });
});
