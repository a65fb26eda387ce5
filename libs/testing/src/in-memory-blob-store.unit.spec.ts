import { itKeepsTheBlobStoreContract } from './blob-store.contract.ts';
import { InMemoryBlobStore } from './in-memory-blob-store.ts';

describe('the blob store in memory', () => {
  itKeepsTheBlobStoreContract(() => {
    const store = new InMemoryBlobStore();
    return { open: () => store, count: async () => store.size };
  });
});
