import type { JsonObject } from '@signalbox/kernel';
import { RE2JS } from 're2js';
import type {
  RemediationCommand,
  RemediationConfig,
} from '../gateway-config/gateway-config.schema.ts';
import type { Tool, ToolCall, ToolDefinition, ToolResult } from '../ports/tool.port.ts';
import { executableOf, programEnvironment } from './program.ts';
import { spawnProgram, type ProgramResult } from './spawn-program.ts';

const TARGET_CHARACTERS_MAX = 200;
/** Two outputs, and a byte of them can take six in JSON. */
const SHARE_OF_OUTPUT = 12;

export interface RemediationToolOptions {
  readonly config: RemediationConfig;
  /** Where programs run and what relative paths mean. */
  readonly folder: string;
  readonly outputBytesMax: number;
}

/** Runs one of the commands that the configuration lists, on one target. */
export class RemediationTool implements Tool {
  readonly definition: ToolDefinition;
  readonly approvalRequired = true;
  readonly repeatable = false;
  private readonly commands: ReadonlyMap<string, RemediationCommand>;

  constructor(private readonly options: RemediationToolOptions) {
    this.commands = new Map(Object.entries(options.config.commands));
    this.definition = {
      name: 'execute_remediation',
      description:
        'Run one of the allowed remediation commands on one target, such as a service or a region.',
      inputSchema: {
        type: 'object',
        properties: {
          command: { type: 'string', enum: [...this.commands.keys()] },
          target: { type: 'string', minLength: 1, maxLength: TARGET_CHARACTERS_MAX },
        },
        required: ['command', 'target'],
        additionalProperties: false,
      },
    };
  }

  objectionTo(argumentsGiven: JsonObject): string | undefined {
    const { command, target, config } = this.read(argumentsGiven);
    if (RE2JS.compile(config.targets).testExact(target)) return undefined;
    return `${command} takes targets that match ${config.targets}, not ${JSON.stringify(target)}.`;
  }

  async run(argumentsGiven: JsonObject, { callId, signal }: ToolCall): Promise<ToolResult> {
    const { command, target, config } = this.read(argumentsGiven);
    const [program = '', ...rest] = config.argv;
    const fillIn = (word: string) =>
      word.replace(/\{\{(target|callId)\}\}/g, (_, name) => (name === 'target' ? target : callId));
    const result = await spawnProgram({
      argv: [executableOf(program), ...rest.map(fillIn)],
      env: programEnvironment({ ...this.options.config.env, SIGNALBOX_CALL_ID: callId }),
      cwd: this.options.folder,
      timeoutMs: config.timeoutMs,
      outputBytesMax: Math.floor(this.options.outputBytesMax / SHARE_OF_OUTPUT),
      signal,
    });
    return toToolResult(result, { command, target, timeoutMs: config.timeoutMs });
  }

  private read({ command, target }: JsonObject) {
    const config = typeof command === 'string' ? this.commands.get(command) : undefined;
    if (typeof command !== 'string' || typeof target !== 'string' || !config) {
      throw new Error('the arguments were not validated');
    }
    return { command, target, config };
  }
}

function toToolResult(
  { end, stdout, stderr, truncated }: ProgramResult,
  { command, target, timeoutMs }: { command: string; target: string; timeoutMs: number },
): ToolResult {
  const what = `${command} ${target}`;
  const said = (stderr || stdout).trim();
  switch (end.how) {
    case 'exited': {
      const { exitCode } = end;
      if (exitCode === 0) {
        const result = { command, target, exitCode, stdout, stderr, truncated };
        return { status: 'succeeded', result };
      }
      const message = `${what} ended with exit code ${exitCode}${said && `: ${said}`}`;
      return { status: 'failed', code: 'exit_code', message };
    }
    case 'not_started':
      return { status: 'failed', code: 'not_started', message: `${what}: ${end.reason}` };
    case 'timeout':
      return interrupted('timeout', `${what} was stopped after ${timeoutMs} ms.`);
    case 'cancelled':
      return interrupted('cancelled', `${what} was stopped by the kill switch.`);
    case 'killed':
      return interrupted('killed', `${what} was killed by somebody else.`);
  }
}

const interrupted = (code: string, message: string): ToolResult => ({
  status: 'interrupted',
  code,
  message,
});
