import { Logger } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { AppError, digestOf, SystemClock } from '@signalbox/kernel';
import { eventually, InMemoryEventStore } from '@signalbox/testing';
import { type Tool, ToolSource } from '../ports/tool.port.ts';
import { toolFor } from '../toolcall/gateway.fixture.spec.ts';
import { BuiltInTools } from '../tools/built-in-tools.ts';
import { ToolCatalogue } from './tool-catalogue.ts';
import { ToolPublisher } from './tool-publisher.ts';

beforeAll(() => Logger.overrideLogger(false));

describe('what a gateway publishes', () => {
  const store = new InMemoryEventStore({ definitions: allEvents });

  async function publishedAfterStartWith(tool: ReturnType<typeof toolFor>, policy = 'a') {
    const policyDigest = digestOf(policy);
    const catalogue = new ToolCatalogue([new BuiltInTools([tool])]);
    const clock = new SystemClock();
    const publisher = new ToolPublisher({ catalogue, store, clock, policyDigest });
    await publisher.start();
    publisher.stop();
    const { events } = await store.read({ aggregate: 'tool', id: tool.definition.name });
    return events.map((event) => event.data);
  }

  it('is each tool with its digest, once for as long as nothing changes', async () => {
    const tool = toolFor({});
    const [first] = await publishedAfterStartWith(tool);
    expect(first).toEqual({
      ...tool.definition,
      definitionDigest: expect.stringMatching(/^sha256:/),
      approvalRequired: false,
      repeatable: false,
      policyDigest: digestOf('a'),
    });
    expect(await publishedAfterStartWith(toolFor({}))).toHaveLength(1);
  });

  it('is a tool again when its definition or its configuration has changed', async () => {
    const careful = toolFor({ approvalRequired: true });
    expect(await publishedAfterStartWith(careful)).toHaveLength(2);
    const definition = { ...careful.definition, description: 'Does something else.' };
    const published = await publishedAfterStartWith({ ...careful, definition });
    const digests = published.map(
      (data) => (data as { definitionDigest: string }).definitionDigest,
    );
    expect(digests[0]).toBe(digests[1]);
    expect(digests[2]).not.toBe(digests[1]);
    expect(await publishedAfterStartWith({ ...careful, definition }, 'b')).toHaveLength(4);
  });

  it('leaves out a tool whose schema cannot be used', async () => {
    const tool = toolFor({});
    const inputSchema = { ...tool.definition.inputSchema, $ref: 'https://example.test/schema' };
    const name = 'unusable';
    const unusable = { ...tool, definition: { ...tool.definition, name, inputSchema } };
    expect(await publishedAfterStartWith(unusable)).toEqual([]);
  });
});

/** Lists what it is told to, when it is told to. */
class ToldSource extends ToolSource {
  readonly name = 'told';
  readonly known = [];
  readonly first = Promise.withResolvers<readonly Tool[]>();
  private readonly listeners: ((tools: readonly Tool[]) => void)[] = [];

  owns = () => true;
  tools = () => this.first.promise;
  override onListed = (listener: (tools: readonly Tool[]) => void) =>
    void this.listeners.push(listener);
  override close = async () => undefined;

  get heard(): boolean {
    return this.listeners.length > 0;
  }

  list(...tools: readonly Tool[]): void {
    for (const listener of this.listeners) listener(tools);
  }
}

const described = (description: string): Tool => {
  const tool = toolFor({});
  return { ...tool, definition: { ...tool.definition, name: 'told', description } };
};

describe('what a gateway publishes of a source that takes its time', () => {
  let store: InMemoryEventStore;
  let source: ToldSource;
  let publisher: ToolPublisher;

  beforeEach(() => {
    store = new InMemoryEventStore({ definitions: allEvents });
    source = new ToldSource();
    const catalogue = new ToolCatalogue([source, new BuiltInTools([toolFor({})])]);
    const limits = { startWaitMs: 100, tryAgainMs: 100 };
    const shared = { catalogue, store, clock: new SystemClock(), policyDigest: digestOf('a') };
    publisher = new ToolPublisher({ ...shared, ...limits });
  });
  afterEach(() => publisher.stop());

  const published = async (id: string) => {
    const { events } = await store.read({ aggregate: 'tool', id });
    return events.map(({ data }) => (data as Tool['definition']).description);
  };
  const last = async () => (await published('told')).at(-1);

  it('GTW-4: does not wait for it longer than for a server to come up, and has it later', async () => {
    await publisher.start();
    expect(await published('restart')).toHaveLength(1);
    expect(await published('told')).toEqual([]);
    source.first.resolve([described('slow')]);
    await eventually(async () => (await last()) === 'slow');
  });

  it('GTW-4: of one that is away is tried again, and said once', async () => {
    const warnings: string[] = [];
    const ignored = () => undefined;
    const warn = (text: unknown) => void warnings.push(String(text));
    Logger.overrideLogger({ log: ignored, error: ignored, warn });
    let tries = 0;
    source.tools = async () => {
      if (++tries < 4) throw new Error('away');
      return [described('back')];
    };
    await publisher.start();
    await eventually(async () => (await last()) === 'back');
    Logger.overrideLogger(false);
    expect(warnings).toEqual([expect.stringContaining('told are not published yet: Error: away')]);
  });

  it('GTW-4: is its newest list in the end, though an older one is still being published', async () => {
    source.first.resolve([described('first')]);
    const append = store.append.bind(store);
    const held = Promise.withResolvers<void>();
    store.append = async (...given) => {
      if (given[0].id === 'told') await held.promise;
      return append(...given);
    };
    const started = publisher.start();
    await eventually(() => source.heard);
    source.list(described('second'));
    source.list(described('third'));
    held.resolve();
    await started;
    await eventually(async () => (await last()) === 'third');
    expect(await published('told')).toEqual(['first', 'third']);
  });

  it('GTW-4: is a list that came while nothing could be stored, as soon as it can', async () => {
    source.first.resolve([described('first')]);
    await publisher.start();
    const append = store.append.bind(store);
    const tried = Promise.withResolvers<void>();
    store.append = async () => {
      tried.resolve();
      throw new AppError({ code: 'store_away', kind: 'unavailable', message: 'away' });
    };
    source.list(described('second'));
    await tried.promise;
    store.append = append;
    await eventually(async () => (await last()) === 'second');
    expect(await published('told')).toEqual(['first', 'second']);
  });
});
