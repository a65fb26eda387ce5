/** Largest blob, in bytes. What is larger is no result but a file, and belongs elsewhere. */
export const BLOB_BYTES_MAX = 16 * 1024 * 1024;

/** Where a payload is that is too large for an event. */
export interface BlobRef {
  /** `sha256:<hex>` of the bytes: the name under which they are kept. */
  readonly digest: string;
  readonly bytes: number;
  /** `application/json` */
  readonly mediaType: string;
}

export interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** Payloads that are too large for an event, each under the digest of its bytes, never changed. */
export abstract class BlobStore {
  /**
   * Resolves once the bytes are on disk. Putting them again changes nothing.
   * @throws AppError `too_large` beyond `BLOB_BYTES_MAX`, `unavailable` when nobody can say
   * whether they are kept.
   */
  abstract put(bytes: Uint8Array, mediaType: string): Promise<BlobRef>;

  /**
   * The bytes of `digest`, checked against it.
   * @throws AppError `missing` when there are none, `unavailable` when they cannot be read, `bug`
   * with code `blob_corrupt` when they are not the ones that were put.
   */
  abstract get(digest: string): Promise<StoredBlob>;
}
