import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { Objm, type ObjectResult, type ObjectStore } from '@nats-io/obj';
import { AppError, digestOf } from '@signalbox/kernel';
import { blobRefOf, noSuchBlob } from './blob-errors.ts';
import { BlobStore, type BlobRef, type StoredBlob } from './blob-store.port.ts';
import { BLOB_BUCKET } from './topology.ts';

/** How long the server may take to write one piece of a blob. */
const PIECE_MS = 3_000;
/** Pauses before a blob is put once more whose writing failed. */
const PUT_AGAIN_MS = [200, 1_000, 3_000];
/** How long the reading of a whole blob may take. */
const READ_MS = 20_000;
/** No version of an object of this name is there yet. */
const NONE_BEFORE = 0;

/**
 * Blobs in an object store of JetStream.
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-20.md
 */
export class JetStreamBlobStore extends BlobStore {
  readonly #connection: NatsConnection;
  readonly #buckets: Objm;

  constructor(connection: NatsConnection) {
    super();
    this.#connection = connection;
    this.#buckets = new Objm(jetstream(connection, { checkAPI: false }));
  }

  async put(bytes: Uint8Array, mediaType: string): Promise<BlobRef> {
    const ref = blobRefOf(bytes, mediaType);
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#putOnce(ref, bytes);
        return ref;
      } catch (error) {
        const pauseMs = PUT_AGAIN_MS[attempt];
        if (pauseMs === undefined || this.#connection.isClosed())
          throw unavailable(ref.digest, error);
        await delay(pauseMs);
      }
    }
  }

  async get(digest: string): Promise<StoredBlob> {
    const found = await this.#find(digest);
    if (!found) throw noSuchBlob(digest);
    const bytes = await bytesOf(found).catch((error: unknown) => {
      throw unavailable(digest, error);
    });
    if (digestOf(bytes) === digest) {
      return { bytes, mediaType: found.info.metadata?.['mediaType'] ?? '' };
    }
    const message = `The blob ${digest} is not what was put.`;
    throw new AppError({ code: 'blob_corrupt', kind: 'bug', message });
  }

  async #putOnce({ digest, mediaType }: BlobRef, bytes: Uint8Array): Promise<void> {
    const store = await this.#open();
    if (await store.info(digest)) return;
    try {
      const meta = { name: digest, metadata: { mediaType } };
      await store.putBlob(meta, bytes, { timeout: PIECE_MS, previousRevision: NONE_BEFORE });
    } catch (error) {
      // Somebody else was faster, with the same bytes.
      if (!wasThere(error)) throw error;
    }
  }

  async #find(digest: string): Promise<ObjectResult | null> {
    try {
      const store = await this.#open();
      return await store.get(digest);
    } catch (error) {
      throw unavailable(digest, error);
    }
  }

  #open(): Promise<ObjectStore> {
    return this.#buckets.open(BLOB_BUCKET, false);
  }
}

/** All that arrives in time: a blob of which a piece is lost would be waited for without end. */
async function bytesOf({ data, error }: ObjectResult): Promise<Uint8Array> {
  // The stream throws the same.
  error.catch(() => undefined);
  const reader = data.getReader();
  const timeUp = setTimeout(() => void reader.cancel(), READ_MS);
  const pieces: Uint8Array[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(pieces);
      pieces.push(value);
    }
  } finally {
    clearTimeout(timeUp);
  }
}

function wasThere(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence
  );
}

function unavailable(digest: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `The blob ${digest} cannot be reached: ${reason}`;
  return new AppError({ code: 'blobs_unavailable', kind: 'unavailable', message, cause });
}
