import { Logger } from '@nestjs/common';
import { upstream } from '../gateway-config/upstream.schema.ts';
import { OfferedTools } from './mcp-tools.ts';

it('GTW-4: offers five hundred tools of a server that has more, those that are configured first', () => {
  const warnings: string[] = [];
  const ignored = () => undefined;
  const warn = (text: unknown) => void warnings.push(String(text));
  Logger.overrideLogger({ log: ignored, error: ignored, warn });
  const config = upstream.parse({ http: { url: 'http://a.test' }, tools: { 'used_*': {} } });
  const offered = new OfferedTools({ name: 'far', config }, async () => {
    throw new Error('it was called');
  });
  const named = (name: string) => ({ name, inputSchema: { type: 'object' as const } });
  const others = Array.from({ length: 600 }, (_, n) => named(`other_${n}`));
  const used = Array.from({ length: 502 }, (_, n) => named(`used_${n}`));
  const names = offered.of([...others, ...used]).map(({ definition }) => definition.name);
  expect(names).toHaveLength(500);
  expect(names.every((name) => name.startsWith('far__used_'))).toBe(true);
  expect(warnings).toEqual([expect.stringContaining('2 are left out')]);
  Logger.overrideLogger(false);
});
