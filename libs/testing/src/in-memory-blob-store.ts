import {
  blobRefOf,
  BlobStore,
  noSuchBlob,
  type BlobRef,
  type StoredBlob,
} from '@signalbox/messaging';

/** A blob store without a server, held to the same contract as the one that is used. */
export class InMemoryBlobStore extends BlobStore {
  readonly #blobs = new Map<string, StoredBlob>();

  /** How many there are. */
  get size(): number {
    return this.#blobs.size;
  }

  async put(bytes: Uint8Array, mediaType: string): Promise<BlobRef> {
    const ref = blobRefOf(bytes, mediaType);
    if (!this.#blobs.has(ref.digest))
      this.#blobs.set(ref.digest, { bytes: bytes.slice(), mediaType });
    return ref;
  }

  async get(digest: string): Promise<StoredBlob> {
    const found = this.#blobs.get(digest);
    if (!found) throw noSuchBlob(digest);
    return found;
  }
}
