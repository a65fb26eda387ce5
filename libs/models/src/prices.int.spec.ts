import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addPrices, costOf } from './prices.ts';

const usage = { promptTokens: 1_000, completionTokens: 100 };
const own = { provider: 'openai-compatible', model: 'own' };

describe('addPrices', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-prices-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const add = async (prices: unknown) => {
    const file = join(folder, 'prices.json');
    await writeFile(file, JSON.stringify(prices));
    addPrices(file);
  };

  it("AGT-6: prices of a contract win, and those of servers of one's own become known", async () => {
    expect(costOf(usage, own)).toBeUndefined();
    const free = { input: 0, cachedInput: 0, output: 0 };
    const agreed = { input: 2, cachedInput: 1, output: 8 };
    await add({
      'openai-compatible': { models: { own: [free] } },
      openai: { models: { 'gpt-4o': [agreed] } },
    });
    expect(costOf(usage, own)).toBe(0);
    expect(costOf(usage, { provider: 'openai', model: 'gpt-4o' })).toBe(2_800);
    expect(costOf(usage, { provider: 'openai', model: 'gpt-4o-mini' })).toBe(210);
  });

  it('AGT-6: takes what the guide shows', async () => {
    const guide = new URL('../../../docs/guides/budgets.md', import.meta.url);
    const [, json = ''] = /```json\n([^]*?)```/.exec(await readFile(guide, 'utf8')) ?? [];
    await add(JSON.parse(json));
    expect(costOf(usage, { ...own, model: 'qwen3' })).toBe(0);
  });

  it('AGT-6: names the file and the field that is wrong', async () => {
    await expect(add({ openai: { models: { m: [{ input: -1 }] } } })).rejects.toThrow(
      /prices\.json: openai\.models\.m\.0\.input: /,
    );
    expect(() => addPrices('/nowhere/prices.json')).toThrow(/SIGNALBOX_MODEL_PRICES: ENOENT/);
  });
});
