import type { Json, JsonObject } from '@signalbox/kernel';
import { json } from './phrases.ts';

/** So much of a tool's text tells people what it found; `--json` has the rest. */
const LINES_MAX = 6;

export interface ToolAnswer {
  readonly first: string;
  readonly more: readonly string[];
}

/**
 * The first lines of what a tool answered: the text of an MCP result, which says the same again as
 * `structuredContent`; any other value as JSON.
 */
export function toolAnswer(result: Json): ToolAnswer {
  const lines = textOf(result)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const [first = '(no text)', ...rest] = lines;
  const more = rest.slice(0, LINES_MAX - 1);
  const left = rest.length - more.length;
  return { first, more: left > 0 ? [...more, `… ${left} more lines, whole with --json`] : more };
}

function textOf(result: Json): string {
  const parts = isObject(result) ? result['content'] : undefined;
  if (!Array.isArray(parts)) return json(result);
  return (parts as readonly Json[]).map(partText).join('\n');
}

function partText(part: Json): string {
  if (!isObject(part)) return json(part);
  const { type, text } = part;
  return typeof text === 'string' ? text : `[${typeof type === 'string' ? type : 'content'}]`;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
