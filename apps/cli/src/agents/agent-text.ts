import type { Terminal } from '../terminal/terminal.ts';
import { duration, fitted, literal, oneLine, timeText, visibleLines } from '../terminal/text.ts';
import type { AgentFields, AgentVersion, ApiAgent } from './agent-api.ts';

/** In the order in which they are shown; all that a person decides. */
export const agentFields: readonly (keyof AgentFields)[] = [
  'name',
  'description',
  'tools',
  'agents',
  'models',
  'max_steps',
  'deadline_ms',
  'budget',
  'resource',
  'input_schema',
  'role',
];

const LABEL_WIDTH = Math.max(...agentFields.map((name) => name.length)) + 2;
const INDENT = '    ';

/** Two lines for each: what it is, and what it may do. */
export function printAgents(agents: readonly ApiAgent[], terminal: Terminal): void {
  const { paint, columns } = terminal;
  if (agents.length === 0) return terminal.line('There are no agents.');
  const width = Math.max(...agents.map(({ id }) => id.length));
  for (const { id, version, description, name, tools, max_steps } of agents) {
    const place = `${id.padEnd(width)}  `;
    const what = fitted(oneLine(description ?? name), place.length, columns);
    terminal.line(`${paint('bold', id.padEnd(width))}  ${what}`);
    const facts = `version ${version}, ${max_steps} steps at most, tools: ${listText(tools)}`;
    const indent = ' '.repeat(place.length);
    terminal.line(paint('dim', indent + fitted(oneLine(facts), indent.length, columns)));
  }
}

/** All of one; nothing is shortened, and of what it was told every line. */
export function printAgent(agent: ApiAgent, terminal: Terminal): void {
  const row = (label: string, value: string) =>
    terminal.line(`${terminal.paint('dim', label.padEnd(LABEL_WIDTH))}${value}`);
  terminal.line(terminal.paint('bold', agent.id));
  for (const field of agentFields) {
    if (field !== 'role' && !isNone(agent[field])) row(field, fieldText(field, agent));
  }
  row('version', `${agent.version}, of ${timeText(agent.updated_at)}`);
  row('created', timeText(agent.created_at));
  terminal.line(terminal.paint('dim', 'role'));
  for (const line of visibleLines(agent.role)) terminal.line(`  ${line}`.trimEnd());
}

export function isNone(value: ApiAgent[keyof ApiAgent]): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** The newest first, each with what it changed. */
export function printVersions(versions: readonly AgentVersion[], terminal: Terminal): void {
  versions.forEach(({ version, change, by, at, agent }, index) => {
    const heading = terminal.paint('bold', `version ${version}  ${change}`);
    terminal.line(`${heading}  ${terminal.paint('dim', `${timeText(at)}  by ${literal(by)}`)}`);
    const before = versions[index + 1]?.agent;
    if (agent && before) printDifference(before, agent, terminal);
    else if (agent) {
      const { name, max_steps, tools } = agent;
      terminal.line(`${INDENT}${literal(name)}, ${max_steps} steps, tools: ${listText(tools)}`);
    }
  });
}

/** Field by field, what was above what is; of the role the lines that are not in both. */
export function printDifference(before: AgentFields, after: AgentFields, terminal: Terminal): void {
  const { paint, line } = terminal;
  for (const field of agentFields) {
    const [was, is] = [linesOf(field, before), linesOf(field, after)];
    if (was.join('\n') === is.join('\n')) continue;
    const changed = [
      ...was.filter((text) => !is.includes(text)).map((text) => paint('bad', `- ${text}`)),
      ...is.filter((text) => !was.includes(text)).map((text) => paint('good', `+ ${text}`)),
    ];
    const [first = 'in another order', ...more] = changed;
    const label = `${INDENT}${field.padEnd(LABEL_WIDTH)}`;
    line(label + first);
    for (const text of more) line(' '.repeat(label.length) + text);
  }
}

function linesOf(field: keyof AgentFields, agent: AgentFields): readonly string[] {
  return field === 'role' ? agent.role.split('\n').map(literal) : [fieldText(field, agent)];
}

function fieldText(field: keyof AgentFields, agent: AgentFields): string {
  const value = agent[field];
  if (value === null) return 'none';
  switch (field) {
    case 'tools':
    case 'agents':
      return listText(agent[field]);
    case 'models':
      return listText(agent.models.map(({ provider, model }) => `${provider}/${model}`));
    case 'deadline_ms':
      return `${agent.deadline_ms}, which is ${duration(agent.deadline_ms ?? 0)}`;
    case 'budget':
      return Object.entries(agent.budget ?? {})
        .map(([unit, limit]) => `${limit} ${unit}`)
        .join(', ');
    case 'input_schema':
      return literal(JSON.stringify(value));
    default:
      return literal(String(value));
  }
}

function listText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : literal(names.join(', '));
}
