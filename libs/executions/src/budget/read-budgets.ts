import { AppError, parse } from '@signalbox/kernel';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { type Budgets, budgetsSchema, NO_BUDGETS } from './budgets.schema.ts';

const USUAL_FILE = 'deploy/budgets.yaml';

/**
 * The budgets in a YAML file.
 * @param file what SIGNALBOX_BUDGETS says. When it says nothing, the usual file counts if it is
 * there; a file that is named has to be.
 * @throws AppError `invalid`, naming the file and the field that is wrong.
 */
export function readBudgets(file?: string): Budgets {
  const path = resolve(file ?? USUAL_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (file === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return NO_BUDGETS;
    throw invalid(`SIGNALBOX_BUDGETS: ${(cause as Error).message}`, cause);
  }
  return parseBudgets(text, path);
}

/** @param what the file, for errors. */
export function parseBudgets(text: string, what: string): Budgets {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (cause) {
    throw invalid(`${what}: ${(cause as Error).message}`, cause);
  }
  // A file of nothing but comments.
  return parse(budgetsSchema, document ?? {}, what);
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError({ code: 'invalid_budgets', kind: 'invalid', message, cause });
}
