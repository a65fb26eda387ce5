import { Logger } from '@nestjs/common';
import type { JsonObject } from '@signalbox/kernel';
import { ToolSource } from '../ports/tool.port.ts';
import { Redactor } from '../secrets/redactor.ts';
import { toolFor } from '../toolcall/gateway.fixture.spec.ts';
import { ToolCatalogue } from './tool-catalogue.ts';

const SECRET = 'postgres://reader:p4ssw/rd@db/orders';

describe('a definition that holds a credential', () => {
  const warnings: string[] = [];
  const ignored = () => undefined;
  const warn = (text: unknown) => void warnings.push(String(text));
  beforeAll(() => Logger.overrideLogger({ log: ignored, error: ignored, warn }));
  afterAll(() => Logger.overrideLogger(false));
  beforeEach(() => void warnings.splice(0));

  const { definition, ...rest } = toolFor({});
  const withSchema = (inputSchema: JsonObject) => ({ ...definition, inputSchema });
  const property = (about: JsonObject) => withSchema({ type: 'object', properties: { a: about } });

  it.each([
    ['name', { ...definition, name: `files__${SECRET}` }],
    ['description', { ...definition, description: `Reads ${SECRET}, all of it.` }],
    ['description, in JSON', { ...definition, description: JSON.stringify({ at: `${SECRET}/` }) }],
    ['description, cut off', { ...definition, description: `Reads ${SECRET.slice(0, 30)}` }],
    ['title of an argument', property({ title: encodeURIComponent(SECRET) })],
    ['default of an argument', property({ default: [SECRET] })],
    ['name of an argument', withSchema({ type: 'object', properties: { [SECRET]: {} } })],
  ])('GTW-8: is not offered, and is not shown: its %s', (_, holding) => {
    const redactor = new Redactor();
    const catalogue = new ToolCatalogue([], redactor);
    expect(catalogue.offerOf({ ...rest, definition: holding })).toBeDefined();
    redactor.register(SECRET);
    expect(catalogue.offerOf({ ...rest, definition: holding })).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('holds a credential')]);
    expect(warnings.join()).not.toContain('p4ssw');
    expect(catalogue.offerOf({ ...rest, definition })).toBeDefined();
  });
});

it('GTW-2: names what is offered and known, and starts nothing for it', () => {
  class Stopped extends ToolSource {
    readonly name = 'stopped';
    readonly known = ['restart', 'bad'].map((name) => {
      const { definition, ...tool } = toolFor({});
      const inputSchema = name === 'bad' ? { type: 'nonsense' } : definition.inputSchema;
      return { ...tool, definition: { ...definition, name, inputSchema } };
    });
    owns = () => true;
    tools = () => Promise.reject(new Error('it was started'));
  }
  Logger.overrideLogger(false);
  expect(new ToolCatalogue([new Stopped()]).names).toEqual(['restart']);
});
