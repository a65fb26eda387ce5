import type { JsonObject } from '@signalbox/kernel';
import { resolve } from 'node:path';
import { z } from 'zod';
import { baseUrl, requestTimeoutMs } from '../gateway-config/fields.schema.ts';
import { boundedJson } from '../http/parsed-json.ts';
import {
  failed,
  type Tool,
  type ToolCall,
  type ToolDefinition,
  type ToolResult,
} from '../ports/tool.port.ts';
import { headersConfig } from '../secrets/secret-reference.ts';
import { namesIn, tailOf } from './log-files.ts';
import { ask, notConfigured, unexpectedAnswer, type Toolbox } from './toolbox.ts';

const NAME = 'get_recent_logs';
const PEER = 'Loki';
const ANSWER_BYTES_MAX = 8_000_000;
const LINES_DEFAULT = 100;
const LINES_MAX = 500;
const LINE_CHARACTERS_MAX = 1_000;
const MINUTES_DEFAULT = 15;
const MINUTES_MAX = 10_080;

export const logsConfig = z
  .strictObject({
    /** With the path before `/loki/api/v1`, if there is one. Its host has to be under `http.allow`. */
    loki: z.strictObject({ url: baseUrl, headers: headersConfig }).optional(),
    /** A folder whose files may be read. */
    folder: z.string().min(1).optional(),
    timeoutMs: requestTimeoutMs.default(15_000),
  })
  .refine(({ loki, folder }) => loki !== undefined || folder !== undefined, 'names no source');
export type LogsConfig = z.output<typeof logsConfig>;

/** https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time */
const lokiAnswer = z.object({
  data: z.object({
    resultType: z.literal('streams'),
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.string().regex(/^\d{1,19}$/), z.string()], z.unknown())),
      }),
    ),
  }),
});

/** Reads the newest lines of a log, from Loki or from a file. */
export class LogsTool implements Tool {
  readonly approvalRequired = false;
  readonly repeatable = true;
  readonly definition: ToolDefinition = {
    name: NAME,
    description:
      'The newest lines of a log, the newest last. Give either query, a log query in LogQL such as ' +
      '{app="checkout"}, or file, the name of a log file. contains keeps lines with that fixed text.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', minLength: 1, maxLength: 2_000 },
        file: { type: 'string', minLength: 1, maxLength: 500 },
        contains: { type: 'string', maxLength: 500 },
        minutes: { type: 'integer', minimum: 1, maximum: MINUTES_MAX },
        limit: { type: 'integer', minimum: 1, maximum: LINES_MAX },
      },
      oneOf: [{ required: ['query'] }, { required: ['file'] }],
      additionalProperties: false,
    },
  };

  constructor(
    private readonly config: LogsConfig | undefined,
    private readonly toolbox: Toolbox,
  ) {}

  async run(argumentsGiven: JsonObject, { signal }: ToolCall): Promise<ToolResult> {
    const { config } = this;
    if (!config) return notConfigured(NAME, 'logs');
    return argumentsGiven.file === undefined
      ? this.askLoki(config, argumentsGiven, signal)
      : this.readFile(config, argumentsGiven);
  }

  private async readFile(config: LogsConfig, argumentsGiven: JsonObject): Promise<ToolResult> {
    if (config.folder === undefined) return notConfigured(NAME, 'logs.folder');
    const folder = resolve(this.toolbox.folder, config.folder);
    const { limit, contains } = limitsIn(argumentsGiven);
    const file = String(argumentsGiven.file);
    const tail = await tailOf(folder, { file, contains, limit });
    if (tail) {
      const { lines, ...rest } = tail;
      return { status: 'succeeded', result: { configured: true, lines: lines.map(cut), ...rest } };
    }
    const names = (await namesIn(folder)).join(', ') || 'none';
    const message = `There is no file '${file}' in the folder of logs. There are: ${names}.`;
    return failed('no_such_log', message);
  }

  private async askLoki(
    config: LogsConfig,
    argumentsGiven: JsonObject,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const { loki, timeoutMs } = config;
    if (!loki) return notConfigured(NAME, 'logs.loki');
    const { limit, contains, minutes } = limitsIn(argumentsGiven);
    const end = this.toolbox.clock.now().getTime();
    // LogQL reads texts as Go does, which takes what JSON writes.
    const filter = contains === '' ? '' : ` |= ${JSON.stringify(contains)}`;
    const asked = new URLSearchParams({
      query: String(argumentsGiven.query) + filter,
      start: `${end - minutes * 60_000}000000`,
      end: `${end}000000`,
      limit: `${limit}`,
      direction: 'backward',
    });
    const outcome = await ask(this.toolbox, PEER, {
      method: 'GET',
      url: `${loki.url}/loki/api/v1/query_range?${asked}`,
      headers: await this.toolbox.secrets.headers(loki.headers),
      timeoutMs,
      bytesMax: ANSWER_BYTES_MAX,
      signal,
    });
    if (outcome.status !== 'answered') return outcome;
    const answer = lokiAnswer.safeParse(boundedJson(outcome.body));
    if (!answer.success)
      return unexpectedAnswer(PEER, 'with no lines, or with too much: only log queries are taken');
    return {
      status: 'succeeded',
      result: { configured: true, lines: linesOf(answer.data, limit) },
    };
  }
}

function limitsIn({ limit, contains, minutes }: JsonObject) {
  return {
    limit: Number(limit ?? LINES_DEFAULT),
    contains: typeof contains === 'string' ? contains : '',
    minutes: Number(minutes ?? MINUTES_DEFAULT),
  };
}

/** Of all streams together, in the order of time; nanoseconds are more than a number holds. */
function linesOf({ data }: z.output<typeof lokiAnswer>, limit: number) {
  return data.result
    .flatMap(({ stream, values }) =>
      values.map(([at, line]) => ({ at: BigInt(at), labels: stream, line: cut(line) })),
    )
    .toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))
    .slice(-limit)
    .map(({ at, ...rest }) => ({ at: new Date(Number(at / 1_000_000n)).toISOString(), ...rest }));
}

const cut = (line: string) =>
  line.length > LINE_CHARACTERS_MAX ? `${line.slice(0, LINE_CHARACTERS_MAX)}…` : line;
