import type { PendingApproval } from '../client/api.ts';
import { literal } from '../terminal/text.ts';

/** Of one value. A person cannot look through more on a screen, and is told that there is more. */
const VALUE_CHARACTERS_MAX = 4_000;

/**
 * The exact action that a grant is bound to, a line for each of its values and the short ones first:
 * a long one hides nothing, and none is left out without a word.
 */
export function actionLines({ action, action_description }: PendingApproval): readonly string[] {
  const values =
    action.kind === 'tool' ? Object.entries(action.arguments) : [['objective', action.objective]];
  const written = values.map(([name, value]) => [name as string, JSON.stringify(value)] as const);
  return [
    literal(headingOf(action, action_description)),
    ...written
      .toSorted(([, one], [, other]) => one.length - other.length)
      .map(([name, json]) => `  ${literal(name)}: ${shown(json)}`),
  ];
}

/** Who wants it is told by the description only. */
function headingOf(action: PendingApproval['action'], description: string): string {
  if (action.kind === 'start') return `Start ${action.target}`;
  const [asked] = /^\S+ wants to use \S+/.exec(description) ?? [`Use ${action.tool}`];
  return asked;
}

function shown(json: string): string {
  if (json.length <= VALUE_CHARACTERS_MAX) return literal(json);
  const kept = json.slice(0, VALUE_CHARACTERS_MAX).toWellFormed();
  const more = json.length - VALUE_CHARACTERS_MAX;
  return `${literal(kept)}… (${more} more characters: signalbox approvals --json)`;
}
