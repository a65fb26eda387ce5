import { digestOf, newId } from '@signalbox/kernel';
import { BLOB_BYTES_MAX, type BlobStore } from '@signalbox/messaging';
import { randomBytes } from 'node:crypto';

/** What the contract needs of the store it is run against. */
export interface BlobStoreSubject {
  /** A user of its own of the one store, as another process would be. */
  open(): BlobStore;
  /** Of everybody. */
  count(): Promise<number>;
}

const PUTTERS = 8;
const MEGABYTE = 1024 * 1024;

/** What every blob store promises, whatever it is made of. */
export function itKeepsTheBlobStoreContract(start: () => BlobStoreSubject): void {
  let subject: BlobStoreSubject;
  let store: BlobStore;

  beforeAll(() => {
    subject = start();
    store = subject.open();
  });

  it.each([
    ['nothing', 0],
    ['a word', 5],
    ['several megabytes', 3 * MEGABYTE + 1],
    ['as much as may be', BLOB_BYTES_MAX],
  ])('keeps %s', async (_, size) => {
    const bytes = randomBytes(size);
    const ref = await store.put(bytes, 'text/plain');
    expect(ref).toEqual({ digest: digestOf(bytes), bytes: size, mediaType: 'text/plain' });
    const found = await subject.open().get(ref.digest);
    expect(found.mediaType).toBe('text/plain');
    expect(Buffer.compare(found.bytes, bytes)).toBe(0);
  });

  it('keeps the same bytes once, whoever puts them and however often', async () => {
    const bytes = Buffer.from(newId().repeat(20_000));
    const before = await subject.count();
    const refs = await Promise.all(
      Array.from({ length: PUTTERS }, () => subject.open().put(bytes, 'text/plain')),
    );
    const again = await store.put(bytes, 'text/plain');
    expect(new Set([...refs, again].map(({ digest }) => digest)).size).toBe(1);
    expect(await subject.count()).toBe(before + 1);
    expect(Buffer.compare((await store.get(again.digest)).bytes, bytes)).toBe(0);
  });

  it('takes no more than it may', async () => {
    const before = await subject.count();
    await expect(store.put(new Uint8Array(BLOB_BYTES_MAX + 1), 'text/plain')).rejects.toMatchObject(
      { kind: 'too_large', code: 'blob_too_large' },
    );
    expect(await subject.count()).toBe(before);
  });

  it('says that there is no such blob', async () => {
    await expect(store.get(digestOf(newId()))).rejects.toMatchObject({
      kind: 'missing',
      code: 'blob_not_found',
    });
  });
}
