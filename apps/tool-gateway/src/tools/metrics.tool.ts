import type { Json, JsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import { baseUrl, requestTimeoutMs } from '../gateway-config/fields.schema.ts';
import { boundedJson } from '../http/parsed-json.ts';
import type { Tool, ToolCall, ToolDefinition, ToolResult } from '../ports/tool.port.ts';
import { headersConfig } from '../secrets/secret-reference.ts';
import { summaryOf } from './series-summary.ts';
import { ask, notConfigured, unexpectedAnswer, type Toolbox } from './toolbox.ts';

const NAME = 'get_system_metrics';
const PEER = 'Prometheus';
const ANSWER_BYTES_MAX = 4_000_000;
const MINUTES_MAX = 43_200;
const QUERY_CHARACTERS_MAX = 2_000;
/** Points of a series that are asked for, and the shortest time between two. */
const POINTS = 120;
const STEP_MIN_S = 15;

export const prometheusConfig = z.strictObject({
  /** With the path before `/api/v1`, if there is one. Its host has to be under `http.allow`. */
  url: baseUrl,
  headers: headersConfig,
  timeoutMs: requestTimeoutMs.default(15_000),
  seriesMax: z.int().min(1).max(100).default(20),
});
export type PrometheusConfig = z.output<typeof prometheusConfig>;

/** https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats */
const sample = z.tuple([z.number(), z.string()]);
const metric = z.record(z.string(), z.string());
const answerSchema = z.object({
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric, value: sample.optional() })),
    }),
    z.object({
      resultType: z.literal('matrix'),
      result: z.array(z.object({ metric, values: z.array(sample).optional() })),
    }),
    z.object({ resultType: z.literal('scalar'), result: sample }),
    z.object({ resultType: z.literal('string'), result: sample }),
  ]),
  warnings: z.array(z.string()).optional(),
});
type Answer = z.output<typeof answerSchema>;

/** Asks Prometheus, and sums up what it says. */
export class MetricsTool implements Tool {
  readonly approvalRequired = false;
  readonly repeatable = true;
  readonly definition: ToolDefinition = {
    name: NAME,
    description:
      'Ask Prometheus in PromQL. Without minutes: the values now. With minutes: the last, smallest, ' +
      'largest and mean value of each series over that time, its trend and a sparkline.',
    inputSchema: {
      type: 'object',
      properties: {
        query: { type: 'string', minLength: 1, maxLength: QUERY_CHARACTERS_MAX },
        minutes: { type: 'integer', minimum: 1, maximum: MINUTES_MAX },
      },
      required: ['query'],
      additionalProperties: false,
    },
  };

  constructor(
    private readonly config: PrometheusConfig | undefined,
    private readonly toolbox: Toolbox,
  ) {}

  async run(argumentsGiven: JsonObject, { signal }: ToolCall): Promise<ToolResult> {
    if (!this.config) return notConfigured(NAME, 'prometheus');
    const { url, timeoutMs, seriesMax } = this.config;
    const query = String(argumentsGiven.query);
    const minutes = argumentsGiven.minutes === undefined ? 0 : Number(argumentsGiven.minutes);
    const range = rangeOf(minutes, this.toolbox.clock.now());
    const asked = new URLSearchParams({ query, limit: `${seriesMax}`, ...range });
    const path = minutes === 0 ? 'query' : 'query_range';
    const outcome = await ask(this.toolbox, PEER, {
      method: 'GET',
      url: `${url}/api/v1/${path}?${asked}`,
      headers: await this.toolbox.secrets.headers(this.config.headers),
      timeoutMs,
      bytesMax: ANSWER_BYTES_MAX,
      signal,
    });
    if (outcome.status !== 'answered') return outcome;
    const answer = answerSchema.safeParse(boundedJson(outcome.body));
    if (!answer.success)
      return unexpectedAnswer(PEER, 'with what its HTTP API does not have, or with too much');
    const result = { configured: true, query, ...(minutes > 0 ? { minutes } : {}) };
    return { status: 'succeeded', result: { ...result, ...contentOf(answer.data, seriesMax) } };
  }
}

/** Instants without, ranges with a number of minutes. */
function rangeOf(minutes: number, now: Date): Record<string, string> {
  const end = Math.floor(now.getTime() / 1_000);
  if (minutes === 0) return { time: `${end}` };
  const seconds = minutes * 60;
  const step = Math.max(STEP_MIN_S, Math.ceil(seconds / POINTS));
  return { start: `${end - seconds}`, end: `${end}`, step: `${step}` };
}

function contentOf({ data, warnings = [] }: Answer, seriesMax: number): JsonObject {
  const said = warnings.length > 0 ? { warnings } : {};
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    return { value: data.result[1], ...said };
  }
  const series =
    data.resultType === 'vector'
      ? data.result.map(({ metric: labels, value }) => ({ labels, value: value?.[1] ?? null }))
      : data.result.map(({ metric: labels, values = [] }) => summarised(labels, values));
  const leftOut = series.length - seriesMax;
  return {
    series: series.slice(0, seriesMax),
    ...(leftOut > 0 ? { seriesLeftOut: leftOut } : {}),
    ...said,
  };
}

function summarised(
  labels: Readonly<Record<string, string>>,
  values: readonly z.output<typeof sample>[],
): Record<string, Json> {
  const summary = summaryOf(values.map(([, value]) => numberOf(value)));
  return summary ? { labels, ...summary } : { labels, points: 0 };
}

/** Prometheus writes infinities as `+Inf` and `-Inf`. */
const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'));
