import { asAppError, type Json } from '@signalbox/kernel';
import type { Command } from 'commander';
import type { ApiClient } from '../client/api-client.ts';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import type { YamlFile } from '../files/yaml-file.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { agentPath, findAgent, type ApiAgent, type PendingAgent } from './agent-api.ts';
import { printDifference } from './agent-text.ts';

interface Change {
  readonly before: ApiAgent | undefined;
  readonly after: ApiAgent | PendingAgent;
}

/** `signalbox agents set`: an agent as a file has it. */
export function addAgentSet(agents: Command, context: CommandContext): void {
  agents
    .command('set')
    .description('make an agent, or change it to what a file says')
    .argument('<file>', 'one agent in YAML or JSON, as the API has it; - for standard input')
    .action(async (path: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const { readYamlFile } = await import('../files/yaml-file.ts');
      const file = await readYamlFile(path, 'invalid_agent_file', context);
      const { before, after } = await set(file, clientOf(context, options));
      show(context, options, after, () => printChange({ before, after }, context.terminal));
    });
}

/**
 * The whole agent anew. Refused by the server when somebody else changed it since it was read here,
 * or since the version that the file names.
 */
async function set(file: YamlFile, api: ApiClient): Promise<Change> {
  const said = memberIn(file);
  const before = typeof said['id'] === 'string' ? await findAgent(api, said['id']) : undefined;
  const body = JSON.stringify({ version: before?.version, ...said });
  const path = before ? agentPath(before.id) : '/api/agents';
  const call = { method: before ? 'PUT' : 'POST', body } as const;
  try {
    return { before, after: await api.call<ApiAgent | PendingAgent>(path, call) };
  } catch (thrown) {
    const error = asAppError(thrown);
    if (error.kind !== 'invalid' || error.fields.length === 0) throw error;
    throw file.locate(error, (place) => (place.length > 0 ? `${place.join('.')}: ` : ''));
  }
}

function memberIn(file: YamlFile): Readonly<Record<string, Json>> {
  if (file.keys.length === 0) {
    const problem = 'an agent file has the fields of one agent: id, name, role, tools, …';
    throw file.refusal([{ field: file.place([]), problem }]);
  }
  return file.value() as Readonly<Record<string, Json>>;
}

function printChange({ before, after }: Change, terminal: Terminal): void {
  if ('status' in after) {
    return terminal.line(`${terminal.paint('waiting', after.status)}: ${after.message}`);
  }
  const { id, version } = after;
  const what =
    before === undefined ? 'added' : version === before.version ? 'unchanged' : 'changed';
  const heading = `${terminal.paint('good', what)} ${id}`;
  terminal.line(`${heading}  ${terminal.paint('dim', `version ${version}`)}`);
  if (before) printDifference(before, after, terminal);
}
