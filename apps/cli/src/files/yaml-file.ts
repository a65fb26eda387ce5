import { AppError, type FieldProblem } from '@signalbox/kernel';
import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { CommandContext } from '../commands/context.ts';
import { readNamed } from './read-named.ts';

/** The steps to a part: `['rules', 3, 'priority']`. */
export type Path = readonly (string | number)[];

/** A file in YAML or JSON of which every part can be told by its place. */
export interface YamlFile {
  /** The names at the top; none when that is no map. */
  readonly keys: readonly string[];
  /**
   * What the file says.
   * @throws AppError `invalid` for aliases that multiply.
   */
  value(): unknown;
  /** `rules.yaml:9:15`, where a part begins; where it is missing, the part that should have it. */
  place(path: Path): string;
  /** An error of the server about parts of the file, told by their places and `words` of each. */
  locate(error: AppError, words: (path: Path) => string): AppError;
  /** @returns an AppError `invalid` of the file, the first problem in its message. */
  refusal(problems: readonly FieldProblem[]): AppError;
}

/**
 * @param path `-` for the standard input.
 * @param code of a refusal of the file: `invalid_rules_file`.
 * @throws AppError `invalid` naming file and line.
 */
export async function readYamlFile(
  path: string,
  code: string,
  context: CommandContext,
): Promise<YamlFile> {
  const text = new TextDecoder().decode(await readNamed(path, context));
  return parseYamlFile(text, path === '-' ? 'standard input' : path, code);
}

export function parseYamlFile(text: string, name: string, code: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const refusal = (problems: readonly FieldProblem[], because = code) => {
    const [first] = problems;
    const message = `${first?.field}: ${first?.problem}`;
    return new AppError({ code: because, kind: 'invalid', message, fields: problems });
  };
  if (document.errors.length > 0) {
    throw refusal(
      document.errors.map(({ pos, message }) => ({ field: at(pos[0]), problem: message })),
    );
  }
  const place = (path: Path): string => at(offsetOf(document, path));
  return {
    keys: keysOf(document),
    value: () => {
      try {
        return document.toJS();
      } catch (cause) {
        throw refusal([{ field: place([]), problem: (cause as Error).message }]);
      }
    },
    place,
    locate: (error, words) =>
      refusal(
        error.fields.map(({ field, problem }) => {
          const path = pathOf(field);
          return { field: place(path), problem: `${words(path)}${problem}` };
        }),
        error.code,
      ),
    refusal: (problems) => refusal(problems),
  };
}

function pathOf(field: string): Path {
  if (field === '') return [];
  return field.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function keysOf(document: Document): string[] {
  return isMap(document.contents) ? document.contents.items.map(({ key }) => String(key)) : [];
}
