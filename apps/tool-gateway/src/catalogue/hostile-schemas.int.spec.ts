import { Logger } from '@nestjs/common';
import type { JsonObject } from '@signalbox/kernel';
import { busyMs } from '@signalbox/testing';
import fc from 'fast-check';
import { toolFor } from '../toolcall/gateway.fixture.spec.ts';
import { startPeer, type Peer } from '../tools/peer.fixture.spec.ts';
import { heavySchemas, hostileSchemas, hostileValues } from './hostile-schemas.fixture.spec.ts';
import { ToolCatalogue } from './tool-catalogue.ts';

const RUNS = 10_000;
/** For one schema and the values that are held against it, on a slow machine too. */
const SCHEMA_MAX_MS = 5_000;
const PROBLEM_CHARACTERS_MAX = 600;
const seed = Number(process.env['SIGNALBOX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe('schemas that somebody made to do harm', () => {
  let peer: Peer;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    peer = await startPeer();
  });
  afterAll(() => peer.close());

  it('GTW-7: 10 000 of them are fetched for nothing, run nothing, and crash or stall nothing', async () => {
    console.log(`seed ${seed}`);
    const catalogue = new ToolCatalogue([]);
    const { definition, ...rest } = toolFor({});
    const members = Object.getOwnPropertyNames(Object.prototype).length;
    let slowestMs = 0;
    let offered = 0;
    let longest = 0;
    const judge = (text: string) => {
      const inputSchema = JSON.parse(text) as JsonObject;
      const startedAt = busyMs();
      const offer = catalogue.offerOf({ ...rest, definition: { ...definition, inputSchema } });
      for (const value of hostileValues) {
        longest = Math.max(longest, offer?.problemOf(value)?.length ?? 0);
      }
      offered += offer ? 1 : 0;
      slowestMs = Math.max(slowestMs, busyMs() - startedAt);
      return !('hacked' in globalThis);
    };
    // As text: what prints a counterexample walks it by recursion.
    const texts = hostileSchemas(peer.origin).map((schema) => JSON.stringify(schema));
    const examples = heavySchemas.map((schema): [string] => [JSON.stringify(schema)]);
    fc.assert(fc.property(texts, judge), { numRuns: RUNS, seed, examples, endOnFailure: true });
    // What would be fetched later would have begun by now.
    await new Promise(setImmediate);
    expect(peer.received).toEqual([]);
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(members);
    expect(offered).toBeGreaterThan(RUNS / 20);
    expect(offered).toBeLessThan(RUNS);
    expect(longest).toBeLessThan(PROBLEM_CHARACTERS_MAX);
    expect(slowestMs).toBeLessThan(SCHEMA_MAX_MS);
    console.log(`slowest ${Math.round(slowestMs)} ms, ${offered} of ${RUNS} offered`);
  }, 120_000);
});
