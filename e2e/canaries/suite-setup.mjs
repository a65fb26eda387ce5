import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Before the first scenario: where each platform leaves what was seen of its canaries. */
export default async function setUp() {
  process.env.SIGNALBOX_CANARY_LEDGER = await mkdtemp(join(tmpdir(), 'signalbox-ledger-'));
}
