import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilledSlots } from './filled-slots.ts';
import { fillKept } from './kept-secrets.ts';
import { record, sumOf } from './ledger.ts';
import { credentialSlots, unclassifiedSettings } from './slots.ts';
import { CanaryWatch } from './watch.ts';

describe('slots for credentials', () => {
  const watch = new CanaryWatch();
  let folder: string;
  let slots: FilledSlots;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-slots-'));
    slots = await FilledSlots.of({}, watch);
    await fillKept(folder, watch);
  });
  afterAll(async () => {
    await slots.forget();
    await rm(folder, { recursive: true });
  });

  it('GTW-8: of every setting it is known whether it holds a credential', async () => {
    // Whoever adds a setting puts it on one of the lists in slots.ts.
    expect(await unclassifiedSettings()).toEqual([]);
  });

  it('GTW-8: hold a canary each, and each another', async () => {
    const all = await credentialSlots();
    expect(all.size).toBeGreaterThan(35);
    // The server's configuration has the passwords of these, derived from the one that is kept.
    const filled = [...all].filter((slot) => !slot.startsWith('NATS user '));
    expect(filled.filter((slot) => !watch.slots.has(slot))).toEqual([]);
    const values = filled.map((slot) => watch.valueIn(slot));
    expect(new Set(values).size).toBe(values.length);
  });

  it('GTW-8: the gateway’s configuration refers to each of them', async () => {
    const { SIGNALBOX_GATEWAY_CONFIG: file = '', ...env } = slots.env;
    const config = await readFile(file, 'utf8');
    const variables = Object.keys(env).filter((name) => name.startsWith('CANARY_'));
    const ofSources = variables.filter((name) => name.startsWith('CANARY_SOURCES_'));
    const missing = variables.filter((name) => !config.includes(`"env:${name}"`));
    expect(missing).toEqual(ofSources);
    for (const kind of ['file', 'vault', 'bao']) expect(config).toContain(`"${kind}:`);
  });

  it('GTW-8: one that no peer has got is told at the end', async () => {
    const report = { found: [], places: 3, characters: 2e6, cpuMs: 4 };
    await record(folder, { ...report, slots: ['a', 'b', 'c'], used: ['a'] });
    await record(folder, { ...report, slots: ['a', 'b', 'c'], used: ['c'] });
    await record(undefined, { ...report, slots: ['d'], used: [] });
    expect(await sumOf(folder)).toEqual({
      platforms: 2,
      places: 6,
      megabytes: 4,
      cpuMsPerPlatform: 4,
      unused: ['b'],
    });
  });
});
