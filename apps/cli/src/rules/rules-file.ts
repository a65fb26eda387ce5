import type { AppError, Json } from '@signalbox/kernel';
import type { CommandContext } from '../commands/context.ts';
import { parseYamlFile, readYamlFile, type Path, type YamlFile } from '../files/yaml-file.ts';

/** Rules as a file holds them: `rules:` and a list, in YAML or JSON, names as on the wire. */
export interface RulesFile {
  readonly rules: readonly Json[];
  /** An error of the server about `rules.3.priority`, told by file, line and rule. */
  locate(error: AppError): AppError;
}

const CODE = 'invalid_rules_file';

/**
 * @param path `-` for the standard input.
 * @throws AppError `invalid` naming file and line.
 */
export async function readRulesFile(path: string, context: CommandContext): Promise<RulesFile> {
  return rulesIn(await readYamlFile(path, CODE, context));
}

export function parseRulesFile(text: string, name: string): RulesFile {
  return rulesIn(parseYamlFile(text, name, CODE));
}

function rulesIn(file: YamlFile): RulesFile {
  const unknown = file.keys.filter((key) => key !== 'rules');
  if (unknown.length > 0) {
    throw file.refusal(
      unknown.map((key) => ({
        field: file.place([key]),
        problem: `${key} is not known; a rules file has rules`,
      })),
    );
  }
  const { rules } = (file.value() ?? {}) as { rules?: Json };
  if (!Array.isArray(rules)) {
    throw file.refusal([
      { field: file.place(['rules']), problem: 'a rules file has a list, rules; [] for none' },
    ]);
  }
  return {
    rules,
    locate: (error) =>
      error.fields.some(({ field }) => field.startsWith('rules.'))
        ? file.locate(error, (path) => inWords(path, rules))
        : error,
  };
}

/** `rule block_x: priority: ` */
function inWords([, index, ...field]: Path, rules: readonly Json[]): string {
  const rule = typeof index === 'number' ? rules[index] : undefined;
  const { name } = (typeof rule === 'object' && rule !== null ? rule : {}) as { name?: Json };
  const subject = typeof name === 'string' ? [`rule ${name}`] : [];
  return [...subject, ...field].map((part) => `${part}: `).join('');
}
