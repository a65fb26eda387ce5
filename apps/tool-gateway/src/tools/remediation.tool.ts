import { AppError, asAppError, type JsonObject } from '@signalbox/kernel';
import { RE2JS } from 're2js';
import {
  failed,
  interrupted,
  stoppedBy,
  type Tool,
  type ToolCall,
  type ToolDefinition,
  type ToolResult,
} from '../ports/tool.port.ts';
import { jobApiOf } from './job-api.ts';
import { JobRun } from './job-run.ts';
import type { JobConfig } from './job-runner.schema.ts';
import { executableOf, programEnvironment } from './program.ts';
import type { RemediationCommand, RemediationConfig } from './remediation.schema.ts';
import { spawnProgram, type ProgramResult, type ProgramRun } from './spawn-program.ts';
import { notConfigured, type Toolbox } from './toolbox.ts';

const NAME = 'execute_remediation';

const TARGET_CHARACTERS_MAX = 200;
const NO_TARGET = /^-|\p{Cc}/u;
/** Two outputs, and a byte of them can take six in JSON. */
const SHARE_OF_OUTPUT = 12;

/** Runs one of the commands that the configuration lists, or a job of a runner, on one target. */
export class RemediationTool implements Tool {
  readonly definition: ToolDefinition;
  readonly approvalRequired: boolean;
  readonly repeatable: boolean;
  private readonly commands: ReadonlyMap<string, RemediationCommand>;

  constructor(
    private readonly config: RemediationConfig | undefined,
    private readonly toolbox: Toolbox,
    private readonly resultBytesMax: number,
  ) {
    // Saying that there is none takes nobody's approval.
    this.approvalRequired = config !== undefined;
    this.repeatable = config === undefined;
    this.commands = new Map(Object.entries(config?.commands ?? {}));
    const names = [...this.commands.keys()];
    this.definition = {
      name: NAME,
      description:
        'Run one of the allowed remediation commands on one target, such as a service or a region.',
      inputSchema: {
        type: 'object',
        properties: {
          command: { type: 'string', ...(names.length > 0 ? { enum: names } : {}) },
          target: { type: 'string', minLength: 1, maxLength: TARGET_CHARACTERS_MAX },
        },
        required: ['command', 'target'],
        additionalProperties: false,
      },
    };
  }

  objectionTo(argumentsGiven: JsonObject): string | undefined {
    if (!this.config) return undefined;
    const { command, target, config } = this.read(argumentsGiven);
    if (!RE2JS.compile(config.targets).testExact(target)) {
      return `${command} takes targets that match ${config.targets}, not ${JSON.stringify(target)}.`;
    }
    // That is easily written too wide.
    if (!NO_TARGET.test(target)) return undefined;
    return `${JSON.stringify(target)} would be read as an option, or holds control characters.`;
  }

  async run(argumentsGiven: JsonObject, call: ToolCall): Promise<ToolResult> {
    if (!this.config) return notConfigured(NAME, 'remediation');
    const use = this.read(argumentsGiven);
    const { job, argv } = use.config;
    if (job) return this.runJob(job, use, call);
    if (argv) return this.runProgram(argv, use, call);
    throw new Error('the command has neither argv nor job');
  }

  private async runProgram(
    [program = '', ...rest]: readonly string[],
    { command, target, config: { timeoutMs } }: Use,
    { callId, signal }: ToolCall,
  ): Promise<ToolResult> {
    const fillIn = (word: string) =>
      word.replace(/\{\{(target|callId)\}\}/g, (_, name) => (name === 'target' ? target : callId));
    const { config: confinement } = this;
    const { folder, sandbox, secrets } = this.toolbox;
    if (!confinement) throw new Error('remediation is not configured');
    const env = await secrets.texts(confinement.env);
    const argv = [executableOf(program), ...rest.map(fillIn)];
    const confined = await sandbox.confine({ argv, confinement, folder }).catch(notStarted);
    if ('status' in confined) return confined;
    const result = await spawnProgram({
      argv: confined,
      env: programEnvironment({ ...env, SIGNALBOX_CALL_ID: callId }),
      cwd: folder,
      timeoutMs,
      outputBytesMax: Math.floor(this.resultBytesMax / SHARE_OF_OUTPUT),
      signal,
    });
    return toToolResult(result, { command, target, timeoutMs, signal });
  }

  private async runJob(
    job: JobConfig,
    { command, target, config: { timeoutMs } }: Use,
    { callId, signal }: ToolCall,
  ): Promise<ToolResult> {
    const { secrets, http } = this.toolbox;
    const config = this.config?.runners[job.runner];
    if (!config) throw new Error('the runner was not checked');
    const token = await secrets.resolve(config.token);
    const run = new JobRun({ api: jobApiOf(config), config, token, http });
    return run.run({ command, target, callId, job, timeoutMs, signal });
  }

  private read({ command, target }: JsonObject): Use {
    const config = typeof command === 'string' ? this.commands.get(command) : undefined;
    if (typeof command !== 'string' || typeof target !== 'string' || !config) {
      throw new Error('the arguments were not validated');
    }
    return { command, target, config };
  }
}

interface Use {
  readonly command: string;
  readonly target: string;
  readonly config: RemediationCommand;
}

type Ran = Pick<Use, 'command' | 'target'> & Pick<ProgramRun, 'timeoutMs' | 'signal'>;

/** Whatever stood in the way: nothing has happened yet. */
function notStarted(error: unknown) {
  const code = error instanceof AppError ? error.code : 'not_started';
  return failed(code, asAppError(error).message);
}

function toToolResult(
  { end, stdout, stderr, truncated }: ProgramResult,
  { command, target, timeoutMs, signal }: Ran,
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
      return failed('exit_code', message);
    }
    case 'not_started':
      return failed('not_started', `${what}: ${end.reason}`);
    case 'timeout':
      return interrupted('timeout', `${what} was stopped after ${timeoutMs} ms.`);
    case 'cancelled':
      return interrupted('cancelled', `${what} was stopped, ${stoppedBy(signal)}.`);
    case 'killed':
      return interrupted('killed', `${what} was killed by somebody else.`);
  }
}
