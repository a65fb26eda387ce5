import type { Json, JsonObject } from '@signalbox/kernel';
import { z } from 'zod';
import {
  carefulFields,
  headerName,
  httpUrl,
  requestTimeoutMs,
} from '../gateway-config/fields.schema.ts';
import { exactJson } from '../http/parsed-json.ts';
import type { Tool, ToolCall, ToolDefinition, ToolResult } from '../ports/tool.port.ts';
import { headersConfig } from '../secrets/secret-reference.ts';
import { ask, notConfigured, type Toolbox } from './toolbox.ts';

const NAME = 'call_api';
const URL_CHARACTERS_MAX = 2_000;
/** What the caller does not get of it is kept apart. */
const ANSWER_BYTES_MAX = 8_000_000;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** A server may read an escaped dot, slash or percent sign once more than we do, also one in too many bytes. */
const AMBIGUOUS_PATH = /%(2e|2f|5c|25|00|c[01]|e0%[89])|\\|\/\.{1,2};/i;

const allowedApi = z.strictObject({
  methods: z.array(z.enum(methods)).min(1).default(['GET']),
  /** The beginning of the URLs that may be called, up to a whole part of the path. */
  url: httpUrl.refine((url) => !/[?#]/.test(url), 'may not have a query or a fragment'),
  headers: headersConfig,
  /** That carries the effect key, on all but GET and HEAD. */
  idempotencyHeader: headerName.default('Idempotency-Key'),
});
type AllowedApi = z.output<typeof allowedApi>;

export const callApiConfig = z.strictObject({
  allow: z.array(allowedApi).min(1),
  timeoutMs: requestTimeoutMs.default(15_000),
  ...carefulFields,
});
export type CallApiConfig = z.output<typeof callApiConfig>;

/** Calls an HTTP API that the configuration lists by method, host and beginning of the path. */
export class CallApiTool implements Tool {
  readonly approvalRequired: boolean;
  readonly repeatable: boolean;
  readonly definition: ToolDefinition = {
    name: NAME,
    description:
      'Call one of the allowed HTTP APIs. Credentials are added by the gateway; give none. ' +
      'A body is sent as JSON.',
    inputSchema: {
      type: 'object',
      properties: {
        method: { type: 'string', enum: [...methods] },
        url: { type: 'string', minLength: 1, maxLength: URL_CHARACTERS_MAX },
        body: {},
      },
      required: ['method', 'url'],
      additionalProperties: false,
    },
  };

  constructor(
    private readonly config: CallApiConfig | undefined,
    private readonly toolbox: Pick<Toolbox, 'http' | 'secrets'>,
  ) {
    this.approvalRequired = config?.approval ?? false;
    this.repeatable = config?.repeatable ?? true;
  }

  objectionTo(argumentsGiven: JsonObject): string | undefined {
    const { config } = this;
    if (!config || this.find(config, argumentsGiven)) return undefined;
    const listed = config.allow.map((api) => `${api.methods.join('|')} ${api.url}`).join(', ');
    return `That is not under what may be called: ${listed}.`;
  }

  async run(argumentsGiven: JsonObject, { callId, signal }: ToolCall): Promise<ToolResult> {
    const { config, toolbox } = this;
    if (!config) return notConfigured(NAME, 'apis');
    const found = this.find(config, argumentsGiven);
    if (!found) throw new Error('the arguments were not checked');
    const { api, method, url } = found;
    const { body } = argumentsGiven;
    const reads = method === 'GET' || method === 'HEAD';
    const outcome = await ask(toolbox, url.host, {
      method,
      url,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(await toolbox.secrets.headers(api.headers)),
        ...(reads ? {} : { [api.idempotencyHeader.toLowerCase()]: callId }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      timeoutMs: config.timeoutMs,
      bytesMax: ANSWER_BYTES_MAX,
      cut: !reads,
      signal,
    });
    if (outcome.status !== 'answered') return outcome;
    const read = exactJson(outcome.body) as Json | undefined;
    const answered = read === undefined ? outcome.body : read;
    const type = outcome.headers['content-type'] ?? null;
    const { code, isCut } = outcome;
    const result = { configured: true, code, contentType: type, body: answered };
    return { status: 'succeeded', result: isCut ? { ...result, bodyIsCut: true } : result };
  }

  private find({ allow }: CallApiConfig, argumentsGiven: JsonObject) {
    const method = methods.find((known) => known === argumentsGiven.method);
    const url = URL.parse(String(argumentsGiven.url));
    if (!method || !url) return undefined;
    const api = allow.find((each) => each.methods.includes(method) && covers(each, url));
    return api && { api, method, url };
  }
}

/** Compares what the URL becomes when it is read, where dots have been resolved already. */
function covers({ url: listed }: AllowedApi, url: URL): boolean {
  const base = new URL(listed);
  const folder = base.pathname.replace(/\/$/, '');
  return (
    base.origin === url.origin &&
    url.username === '' &&
    url.password === '' &&
    !AMBIGUOUS_PATH.test(url.pathname) &&
    (url.pathname === base.pathname || url.pathname.startsWith(`${folder}/`))
  );
}
