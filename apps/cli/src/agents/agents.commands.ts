import type { Command } from 'commander';
import { clientOf, show, type ClientOptions, type CommandContext } from '../commands/context.ts';
import { yamlText } from '../files/yaml-text.ts';
import { agentPath, type AgentVersion, type ApiAgent } from './agent-api.ts';
import { agentFields, isNone, printAgent, printAgents, printVersions } from './agent-text.ts';
import { addAgentSet } from './set.command.ts';

interface ShowOptions extends ClientOptions {
  readonly yaml?: boolean;
}

/** `signalbox agents …` */
export function addAgents(parent: Command, context: CommandContext): void {
  const agents = parent
    .command('agents')
    .description('who looks for causes and acts: look, keep in files, change');
  addQueries(agents, context);
  addAgentSet(agents, context);
  addDelete(agents, context);
}

function addQueries(agents: Command, context: CommandContext): void {
  const { terminal } = context;
  agents
    .command('list')
    .description('list the agents that may be started')
    .action(async (_options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const found = await clientOf(context, options).call<readonly ApiAgent[]>('/api/agents');
      show(context, options, found, () => printAgents(found, terminal));
    });
  agents
    .command('show')
    .description('show all of one agent')
    .argument('<agent>', 'its id')
    .option('--yaml', 'as a file for `agents set`')
    .action(async (id: string, _options: ShowOptions, command: Command) => {
      const options = command.optsWithGlobals<ShowOptions>();
      const agent = await clientOf(context, options).call<ApiAgent>(agentPath(id));
      const text = options.yaml ? await asFile(agent) : undefined;
      show(context, options, agent, () =>
        text === undefined ? printAgent(agent, terminal) : terminal.line(text),
      );
    });
  agents
    .command('versions')
    .description('show what an agent was, who changed it, and when')
    .argument('<agent>', 'its id, also of one that was deleted')
    .action(async (id: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const path = `${agentPath(id)}/versions`;
      const versions = await clientOf(context, options).call<readonly AgentVersion[]>(path);
      show(context, options, versions, () => printVersions(versions, terminal));
    });
}

function addDelete(agents: Command, context: CommandContext): void {
  agents
    .command('delete')
    .description('no longer start an agent; its runs go on, its versions are kept')
    .argument('<agent>', 'its id')
    .action(async (id: string, _options: ClientOptions, command: Command) => {
      const options = command.optsWithGlobals<ClientOptions>();
      const call = { method: 'DELETE' } as const;
      const answer = await clientOf(context, options).call<{ status: string }>(agentPath(id), call);
      show(context, options, answer, ({ status }) => {
        const tone = status === 'deleted' ? 'bad' : 'waiting';
        context.terminal.line(`${context.terminal.paint(tone, status)} ${id}`);
      });
    });
}

/** Without its version, so that the file is what should be, whatever there is. */
function asFile(agent: ApiAgent): Promise<string> {
  const fields = ['id', ...agentFields] as const;
  const said = fields.filter((name) => name === 'tools' || !isNone(agent[name]));
  return yamlText(
    Object.fromEntries(said.map((name) => [name, agent[name]])),
    '`signalbox agents set <file>` makes it so.',
  );
}
