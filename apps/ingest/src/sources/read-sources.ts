import { AppError } from '@signalbox/kernel';
import type { Env } from '@signalbox/service';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { secretReference } from './secret-reference.ts';
import type { Sources } from './sources.ts';
import { sourcesSchema } from './sources.schema.ts';

/**
 * The sources that a YAML file describes, with their secrets out of `env` and files.
 * @throws AppError `invalid`, naming the file, the line and the field that is wrong.
 */
export function readSources(file: string, env: Env): Sources {
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalid(`SIGNALBOX_SOURCES: ${(cause as Error).message}`, cause);
  }
  return parseSources(text, { path, env });
}

export interface Origin {
  /** Absolute: relative paths in the file mean its folder. */
  readonly path: string;
  readonly env: Env;
}

export function parseSources(text: string, { path, env }: Origin): Sources {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  // The lines after the first show the place in the file.
  if (broken) throw invalid(`${path}: ${broken.message.replace(/:?\n[^]*/, '')}`, broken);
  const secret = secretReference(env, dirname(path));
  const result = sourcesSchema(secret).safeParse(document.toJS());
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: at, message }) => {
    const { line } = lines.linePos(offsetOf(document, at));
    return `${path}:${line}: ${at.join('.') || '(file)'}: ${message}`;
  });
  throw invalid(problems.join('; '));
}

/** Where the node at `path` begins, or the nearest one around it when there is none. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'invalid_sources', kind: 'invalid', message, cause });
}
