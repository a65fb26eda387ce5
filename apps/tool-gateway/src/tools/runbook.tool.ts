import type { JsonObject } from '@signalbox/kernel';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  failed,
  stoppedBy,
  type Tool,
  type ToolCall,
  type ToolDefinition,
  type ToolResult,
} from '../ports/tool.port.ts';
import { allRunbooks, readRunbook, RUNBOOK_BYTES_MAX, runbookPaths } from './runbook-files.ts';
import { searchRunbooks, titleOf } from './runbook-search.ts';
import { notConfigured, type Toolbox } from './toolbox.ts';

const NAME = 'read_internal_runbook';
const FOUND_MAX = 5;
const NAMES_MAX = 50;
const QUERY_CHARACTERS_MAX = 500;
/** Of one answer; the rest is read from `nextLine` on. */
const TEXT_CHARACTERS_MAX = 40_000;

export const runbooksConfig = z.strictObject({
  /** A folder of Markdown files. */
  folder: z.string().min(1),
});
export type RunbooksConfig = z.output<typeof runbooksConfig>;

/** Searches the team's runbooks, and reads one. Codes: `no_such_runbook`, `runbook_too_large`. */
export class RunbookTool implements Tool {
  readonly approvalRequired = false;
  readonly repeatable = true;
  readonly definition: ToolDefinition = {
    name: NAME,
    description:
      'The runbooks of the team. Give query, some words, for the runbooks that hold most of them, ' +
      'with the lines around; or path, as a search told it, for the text of one. A long one goes on ' +
      'from fromLine, the nextLine of the answer before.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', minLength: 1, maxLength: QUERY_CHARACTERS_MAX },
        path: { type: 'string', minLength: 1, maxLength: 500 },
        fromLine: { type: 'integer', minimum: 1, maximum: RUNBOOK_BYTES_MAX },
      },
      oneOf: [{ required: ['query'] }, { required: ['path'] }],
      additionalProperties: false,
    },
  };

  constructor(
    private readonly config: RunbooksConfig | undefined,
    private readonly toolbox: Pick<Toolbox, 'folder'>,
  ) {}

  async run(
    { query, path, fromLine }: JsonObject,
    { signal }: Pick<ToolCall, 'signal'>,
  ): Promise<ToolResult> {
    if (!this.config) return notConfigured(NAME, 'runbooks');
    const folder = resolve(this.toolbox.folder, this.config.folder);
    return typeof query === 'string'
      ? search(folder, query, signal)
      : read(folder, String(path), Number(fromLine ?? 1));
  }
}

async function search(folder: string, query: string, signal: AbortSignal): Promise<ToolResult> {
  const { best, leftOut } = await searchRunbooks(allRunbooks(folder, signal), query, FOUND_MAX);
  if (signal.aborted) return failed('cancelled', `The search was stopped, ${stoppedBy(signal)}.`);
  const runbooks = best.map((each) => ({
    ...each,
    excerpts: each.excerpts.map((excerpt) => ({ ...excerpt })),
  }));
  return { status: 'succeeded', result: { configured: true, query, runbooks, leftOut } };
}

async function read(folder: string, path: string, fromLine: number): Promise<ToolResult> {
  const text = await readRunbook(folder, path);
  if (text === 'missing') {
    const names = (await runbookPaths(folder)).slice(0, NAMES_MAX).join(', ') || 'none';
    const message = `There is no runbook ${JSON.stringify(path)}. There are: ${names}.`;
    return failed('no_such_runbook', message);
  }
  if (text === 'too_large') {
    return failed('runbook_too_large', `${path} is larger than ${RUNBOOK_BYTES_MAX} bytes.`);
  }
  const shown = beginningOf(text.split(/\r?\n/).slice(fromLine - 1));
  const result = { configured: true, path, title: titleOf({ path, text }), text: shown.text };
  return {
    status: 'succeeded',
    result: shown.whole ? result : { ...result, nextLine: fromLine + shown.lines },
  };
}

/** Whole lines; of one that is too long by itself, its beginning. */
function beginningOf(lines: readonly string[]) {
  let characters = 0;
  const count = lines.findIndex((line) => (characters += line.length + 1) > TEXT_CHARACTERS_MAX);
  if (count === -1) return { text: lines.join('\n'), whole: true, lines: lines.length };
  const taken = lines.slice(0, Math.max(1, count));
  const text = taken.join('\n').slice(0, TEXT_CHARACTERS_MAX);
  return { text, whole: false, lines: taken.length };
}
