import { allEvents } from '@signalbox/contracts';
import { SystemClock } from '@signalbox/kernel';
import { InMemoryEventStore } from '@signalbox/testing';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { recordUnsandboxed, unsandboxedPrograms } from './unsandboxed.ts';

const server = (unsandboxed: boolean | 'if-needed') => ({
  stdio: { command: 'node', unsandboxed },
  tools: {},
});
const config = gatewayConfigSchema.parse({
  upstreams: { bare: server(true), shut: server(false), either: server('if-needed') },
  remediation: { unsandboxed: 'if-needed', commands: { restart: { argv: ['true'] } } },
});

describe('the programs that run without a sandbox', () => {
  it('GTW-1: are those that must, and those that may where there is none', () => {
    expect(unsandboxedPrograms(config, true)).toEqual(['upstreams.bare']);
    const all = ['remediation', 'upstreams.bare', 'upstreams.either'];
    expect(unsandboxedPrograms(config, false)).toEqual(all);
  });

  it('GTW-1: are on the audit stream, once for each change', async () => {
    const store = new InMemoryEventStore({ definitions: allEvents });
    const said = async () =>
      (await store.read({ aggregate: 'gateway', id: 'programs' })).events.map(({ data }) => data);
    const record = (...programs: string[]) => recordUnsandboxed(store, new SystemClock(), programs);
    await record();
    expect(await said()).toEqual([]);
    for (const programs of [['a'], ['a'], ['a', 'b'], []]) await record(...programs);
    expect(await said()).toEqual([{ programs: ['a'] }, { programs: ['a', 'b'] }, { programs: [] }]);
  });
});
