import type { Agent } from '@signalbox/contracts';
import { isWellFormed } from '@signalbox/executions';
import { schemaValidator } from '@signalbox/json-schema';
import { AppError, matchesPattern, type FieldProblem } from '@signalbox/kernel';
import type { ModelName } from '@signalbox/models';
import { AGENT_ID_CHARS_MAX } from './agent-offer.ts';

/** Every list and every prompt of the router shows it. */
const NAME_CHARS_MAX = 200;
/** Of the role in UTF-8: it goes into the journal of every run. */
const ROLE_BYTES_MAX = 64 * 1024;

/** What an agent may refer to at present. */
export interface Surroundings {
  readonly tools: readonly string[];
  readonly agents: readonly string[];
  /** Why a model cannot be asked; absent when it can. */
  readonly problemWith: (model: ModelName) => string | undefined;
}

/** @throws AppError `invalid` agent_unusable, naming every field that no run could go by. */
export function checkAgent(agent: Agent, around: Surroundings): void {
  const fields = [
    ...ownProblems(agent),
    ...agent.tools.flatMap((entry, index) =>
      problemIn(`tools.${index}`, unknown(entry, { what: 'tool', names: around.tools })),
    ),
    ...agent.agents.flatMap((entry, index) =>
      problemIn(`agents.${index}`, unusableAgent(entry, agent.id, around.agents)),
    ),
    ...agent.models.flatMap((model, index) =>
      problemIn(`models.${index}`, around.problemWith(model)),
    ),
  ];
  const [first] = fields;
  if (first === undefined) return;
  throw new AppError({
    code: 'agent_unusable',
    kind: 'invalid',
    message: `agent: ${first.field}: ${first.problem}`,
    fields,
  });
}

function ownProblems({ id, name, role, inputSchema, resource }: Agent): readonly FieldProblem[] {
  return [
    ...problemIn(
      'id',
      id.length > AGENT_ID_CHARS_MAX && `is over ${AGENT_ID_CHARS_MAX} characters`,
    ),
    ...problemIn('name', name.trim() === '' && 'is empty'),
    ...problemIn('name', name.length > NAME_CHARS_MAX && `is over ${NAME_CHARS_MAX} characters`),
    ...problemIn('role', role.trim() === '' && 'is empty, so the agent would not know what to do'),
    ...problemIn(
      'role',
      Buffer.byteLength(role) > ROLE_BYTES_MAX && `is over ${ROLE_BYTES_MAX} bytes`,
    ),
    ...problemIn('inputSchema', inputSchema && unusableSchema(inputSchema)),
    ...problemIn(
      'resource',
      resource !== undefined &&
        !isWellFormed(resource) &&
        'has a placeholder that is not of the form {{name}}',
    ),
  ];
}

function problemIn(field: string, problem: string | false | undefined): readonly FieldProblem[] {
  return problem ? [{ field, problem }] : [];
}

function unusableSchema(schema: NonNullable<Agent['inputSchema']>): string | undefined {
  try {
    schemaValidator(schema, 'input');
    return undefined;
  } catch (error) {
    return `is no usable JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function unusableAgent(
  entry: string,
  itself: string,
  agents: readonly string[],
): string | undefined {
  if (entry === itself) return `${entry} is the agent itself, which it may not use`;
  return unknown(entry, { what: 'agent', names: agents.filter((id) => id !== itself) });
}

function unknown(
  entry: string,
  { what, names }: { readonly what: string; readonly names: readonly string[] },
): string | undefined {
  if (names.some((name) => matchesPattern(entry, name))) return undefined;
  return entry.includes('*')
    ? `no ${what} that is registered at present has a name like ${entry}`
    : `no ${what} named ${entry} is registered at present`;
}
