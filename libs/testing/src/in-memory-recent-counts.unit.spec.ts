import { COUNTED_MS } from '@signalbox/messaging';
import { InMemoryRecentCounts } from './in-memory-recent-counts.ts';
import { itKeepsTheRecentCountsContract } from './recent-counts.contract.ts';

describe('recent counts in memory', () => {
  itKeepsTheRecentCountsContract(() => {
    let nowMs = 0;
    const counts = new InMemoryRecentCounts({ now: () => new Date(nowMs) });
    return {
      open: () => counts,
      forgets: async () => {
        nowMs += COUNTED_MS;
      },
    };
  });
});
