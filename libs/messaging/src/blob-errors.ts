import { AppError, digestOf } from '@signalbox/kernel';
import { BLOB_BYTES_MAX, type BlobRef } from './blob-store.port.ts';

/**
 * What a store answers for these bytes.
 * @throws AppError `too_large`
 */
export function blobRefOf(bytes: Uint8Array, mediaType: string): BlobRef {
  if (bytes.length > BLOB_BYTES_MAX) {
    const message = `The blob has ${bytes.length} bytes, at most ${BLOB_BYTES_MAX} may be.`;
    throw new AppError({ code: 'blob_too_large', kind: 'too_large', message });
  }
  return { digest: digestOf(bytes), bytes: bytes.length, mediaType };
}

export function noSuchBlob(digest: string): AppError {
  const message = `There is no blob ${digest}.`;
  return new AppError({ code: 'blob_not_found', kind: 'missing', message });
}
