import { Logger } from '@nestjs/common';
import { allEvents } from '@signalbox/contracts';
import { digestOf, SystemClock } from '@signalbox/kernel';
import { InMemoryEventStore } from '@signalbox/testing';
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
