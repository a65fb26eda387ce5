import { riskLevel, type DecisionTarget, type RiskLevel } from '@signalbox/contracts';
import { AppError, type JsonObject, parse } from '@signalbox/kernel';
import type { ModelAnswer, ModelTool } from '@signalbox/models';
import { z } from 'zod';
import { excerpt } from '../conversation/excerpt.ts';
import type { Definitions } from '../definitions/definitions.ts';

/** Where a signal may be sent: what is registered, by id. */
export type Targets = Pick<Definitions, 'agents' | 'workflows'>;

interface Reasoned {
  readonly reasoning: string;
  /** 0 to 1, as the model put it; absent when it did not say. */
  readonly confidence?: number;
}

/** What a model's answer means, once it is known to be valid. */
export type Routing = Reasoned &
  (
    | { readonly kind: 'run'; readonly target: DecisionTarget; readonly riskLevel: RiskLevel }
    | { readonly kind: 'answer'; readonly message: string }
    | { readonly kind: 'ask'; readonly message: string }
  );

/** The documented tool names no risk for automations. */
const AUTOMATION_RISK: RiskLevel = 'medium';
/** As the decision's contract has it. */
const OBJECTIVE_CHARS_MAX = 8_000;
const REASONING_CHARS_MAX = 4_000;
const MESSAGE_CHARS_MAX = 16_000;
/**
 * As JSON in UTF-8. Beside the trace of a thousand rules a decision has 32 KiB for all else: the
 * objective and twice the reasoning, or the message and the reasoning.
 */
const OBJECTIVE_BYTES_MAX = 12 * 1024;
const REASONING_BYTES_MAX = 6 * 1024;
const MESSAGE_BYTES_MAX = 16 * 1024;
/** Of what an agent or workflow is for, as the model is told. */
const PURPOSE_CHARS_MAX = 400;

const reasoning = limited(REASONING_CHARS_MAX, REASONING_BYTES_MAX);
const confidence = z.number().min(0).max(1).describe('How sure you are, from 0 to 1.').optional();
const message = limited(MESSAGE_CHARS_MAX, MESSAGE_BYTES_MAX).min(1);

/** The model is told of the characters only; most languages need more bytes than that. */
function limited(charsMax: number, bytesMax: number) {
  return z
    .string()
    .max(charsMax)
    .refine((said) => Buffer.byteLength(JSON.stringify(said)) <= bytesMax, {
      message: `has more than ${bytesMax} bytes`,
    });
}

interface RoutingTool {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly routing: (args: unknown) => Routing;
}

/** The tools a model routes with; one that would have nothing to point at is left out. */
export function routingTools(targets: Targets): readonly ModelTool[] {
  return Object.entries(toolsFor(targets)).map(([name, { description, schema }]) => ({
    name,
    description,
    inputSchema: z.toJSONSchema(schema) as JsonObject,
  }));
}

/**
 * The one routing that the answer stands for.
 * @throws AppError `invalid` with code `invalid_routing`: none, several, or not as described.
 */
export function routingOf(answer: ModelAnswer, targets: Targets): Routing {
  const [use, ...more] = answer.toolUses;
  if (use === undefined || more.length > 0) {
    throw invalid(`exactly one tool must be used, not ${answer.toolUses.length}`);
  }
  const tools = toolsFor(targets);
  const tool = Object.hasOwn(tools, use.name) ? tools[use.name] : undefined;
  if (tool === undefined) throw invalid('there is no tool of that name');
  try {
    return tool.routing(parse(tool.schema, withoutNulls(use.arguments), use.name));
  } catch (error) {
    throw error instanceof AppError ? invalid(error.message) : error;
  }
}

/** Many models say null for what they leave out. */
function withoutNulls(args: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function toolsFor({ agents, workflows }: Targets): Readonly<Record<string, RoutingTool>> {
  return {
    ...(agents.size === 0 ? {} : { route_to_agent: agentTool(agents) }),
    ...(workflows.size === 0 ? {} : { route_to_automation: automationTool(workflows) }),
    respond_directly: define(
      ['Nothing needs to be done, or a plain answer is enough.'],
      z.object({ response: message, reasoning: reasoning.optional(), confidence }),
      ({ response, ...rest }) => ({ kind: 'answer', message: response, ...reasonsOf(rest) }),
    ),
    request_more_info: define(
      ['It cannot be told what to do; a person is asked.'],
      z.object({ question: message, reasoning: reasoning.optional(), confidence }),
      ({ question, ...rest }) => ({ kind: 'ask', message: question, ...reasonsOf(rest) }),
    ),
  };
}

function agentTool(agents: Targets['agents']): RoutingTool {
  const purposes = [...agents.values()].map(({ id, name, role, description }) =>
    purposeOf(id, name, description || role),
  );
  return define(
    ['Hand the signal to an agent. High and critical risk wait for a person.', ...purposes],
    z.object({
      agent_type: z.enum([...agents.keys()]),
      objective: limited(OBJECTIVE_CHARS_MAX, OBJECTIVE_BYTES_MAX).min(1),
      risk_level: riskLevel,
      reasoning,
      confidence,
    }),
    ({ agent_type, objective, risk_level, ...rest }) => ({
      kind: 'run',
      target: { kind: 'agent', agent: agent_type, objective },
      riskLevel: risk_level,
      ...reasonsOf(rest),
    }),
  );
}

function automationTool(workflows: Targets['workflows']): RoutingTool {
  const purposes = [...workflows.values()].map(({ id, name, description }) =>
    purposeOf(id, name, description),
  );
  return define(
    ['Start a workflow whose steps are fixed. It counts as medium risk.', ...purposes],
    z.object({ workflow_id: z.enum([...workflows.keys()]), reasoning, confidence }),
    ({ workflow_id, ...rest }) => ({
      kind: 'run',
      target: { kind: 'automation', workflow: workflow_id },
      riskLevel: AUTOMATION_RISK,
      ...reasonsOf(rest),
    }),
  );
}

function purposeOf(id: string, name: string, purpose: string): string {
  return excerpt(`- ${id} (${name}): ${purpose.replace(/\s+/g, ' ')}`, PURPOSE_CHARS_MAX);
}

function define<S extends z.ZodType>(
  description: readonly string[],
  schema: S,
  routing: (args: z.output<S>) => Routing,
): RoutingTool {
  const text = description.join('\n');
  return { description: text, schema, routing: (args) => routing(args as z.output<S>) };
}

function reasonsOf(said: { reasoning?: string | undefined; confidence?: number | undefined }) {
  return {
    reasoning: said.reasoning ?? '',
    ...(said.confidence === undefined ? {} : { confidence: said.confidence }),
  };
}

function invalid(reason: string): AppError {
  return new AppError({ code: 'invalid_routing', kind: 'invalid', message: reason });
}
