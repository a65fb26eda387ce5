import type { Client } from '@modelcontextprotocol/client';
import { setTimeout as delay } from 'node:timers/promises';
import { BackOff } from './back-off.ts';

const LISTEN_TIMEOUT_MS = 10_000;

/**
 * In the newer revision a server tells of changes only on a stream that it was asked for, which may
 * end while all else is well: it is asked for again, until `isOver`, and `listAnew` gets what nobody
 * told meanwhile. https://modelcontextprotocol.io/specification/2026-07-28
 */
export async function followChanges(
  client: Client,
  isOver: () => boolean,
  listAnew: () => Promise<void>,
): Promise<void> {
  const tellsOfChanges = client.getServerCapabilities()?.tools?.listChanged === true;
  if (client.getProtocolEra() !== 'modern' || !tellsOfChanges) return;
  const backOff = new BackOff();
  let stream = client.autoOpenedSubscription;
  while (!isOver()) {
    let openedAt: number | undefined;
    try {
      const missed = stream === undefined;
      stream ??= await client.listen({ toolsListChanged: true }, { timeout: LISTEN_TIMEOUT_MS });
      openedAt = performance.now();
      if (missed) await listAnew();
      await stream.closed;
    } catch {
      // A server that refuses it, or is not there just now: later.
    }
    stream = undefined;
    const nowMs = performance.now();
    backOff.ended(nowMs - (openedAt ?? nowMs), nowMs);
    await delay(backOff.waitMs(nowMs), undefined, { ref: false });
  }
}
