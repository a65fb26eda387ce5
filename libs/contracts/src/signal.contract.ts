import { defineEvent, json, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { instant, riskLevel, sha256, token, ulid } from './shared.schemas.ts';

/** `ce-dataschema` of a message on SIGNALS whose body is a signal in this shape. */
export const SIGNAL_SCHEMA = 'urn:signalbox:signal:1';
/**
 * Of a signal as JSON, without `raw.body`. What follows from it repeats it, with more around it, in
 * events and commands.
 */
export const SIGNAL_BYTES_MAX = 160 * 1024;

/** The one shape that every vendor's payload becomes. */
export const signalSchema = z.object({
  id: ulid,
  /** Who sent it: `datadog`, `alertmanager`. */
  source: z.string().min(1).max(100),
  type: z.string().min(1).max(100),
  title: z.string().min(1).max(1000),
  severity: z.string().max(20).optional(),
  status: z.enum(['firing', 'resolved']).default('firing'),
  labels: z.record(z.string(), z.string()).default({}),
  /** The same for every report of one problem, as far as the payload tells. */
  fingerprint: z.string().max(200),
  /** The problem this reports on, where the source itself tells problems apart. */
  problemId: ulid.optional(),
  startsAt: instant,
  /** False when `startsAt` is only when we first heard of it. */
  startsAtKnown: z.boolean().default(false),
  receivedAt: instant,
  /** What the source said, as JSON. */
  payload: json,
  /** What arrived; `deliveryId` is shared by the signals of one request, `index` counts them. */
  raw: z.object({
    sha256,
    bytes: z.int().nonnegative(),
    contentType: z.string().max(200),
    deliveryId: ulid,
    index: z.int().nonnegative().default(0),
    /** The body as text, with the first signal of a delivery, on the stream SIGNALS only. */
    body: z.string().optional(),
  }),
  signature: z.enum(['valid', 'unsigned']),
  /** With source `chat`: the conversation that the message belongs to. */
  conversationId: z.string().min(1).max(64).optional(),
});
export type Signal = z.output<typeof signalSchema>;

export const signalReceived = defineEvent({
  type: 'signal.received',
  aggregate: 'signal',
  summary: 'A signal was taken from the SIGNALS stream to be decided.',
  schema: z.object({ signal: signalSchema }),
});

/** What became of trying one rule. */
const ruleTrial = z.object({
  ruleId: ulid,
  ruleName: z.string(),
  matched: z.boolean(),
  /** What matched, or why nothing did. */
  reason: z.string(),
});
export type RuleTrial = z.output<typeof ruleTrial>;

const decisionTarget = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('agent'), agent: token, objective: z.string().max(8000) }),
  z.object({ kind: z.literal('automation'), workflow: token }),
]);
export type DecisionTarget = z.output<typeof decisionTarget>;

/** What a model was asked and how it answered. */
const modelDecision = z.object({
  provider: z.string(),
  model: z.string(),
  /** True for the built-in planner that is no language model. */
  offline: z.boolean(),
  confidence: z.number().min(0).max(1).optional(),
  reasoning: z.string(),
  promptTokens: z.int().nonnegative(),
  cacheReadTokens: z.int().nonnegative().optional(),
  completionTokens: z.int().nonnegative(),
  /** By list price, in US dollars; absent where no price is known. */
  usd: z.number().nonnegative().optional(),
});

export const decisionMade = defineEvent({
  type: 'decision.made',
  aggregate: 'signal',
  summary: 'The one terminal decision on a signal, with every rule that was tried.',
  schema: z.object({
    /**
     * `halted`: the kill switch was on; `needs_info`: nobody could tell, a person must;
     * `grouped`: a repeat of the problem that `groupedWith` was decided for.
     */
    outcome: z.enum(['run', 'reject', 'answer', 'needs_info', 'halted', 'grouped']),
    by: z.enum(['rule', 'model', 'control', 'problem']),
    riskLevel,
    /** With outcome `run`. */
    target: decisionTarget.optional(),
    /** With outcome `run`. */
    executionId: ulid.optional(),
    /** With outcome `run`: a person must agree before it starts. */
    approvalRequired: z.boolean().default(false),
    rule: z
      .object({ id: ulid, name: z.string(), action: z.string(), version: z.int().positive() })
      .optional(),
    model: modelDecision.optional(),
    /** With outcome `grouped`: the signal whose decision stands for this one. */
    groupedWith: ulid.optional(),
    trace: z.array(ruleTrial),
    /** For people: why it was rejected, what is answered, what is asked. */
    message: z.string(),
  }),
});
export type DecisionMade = EventOf<typeof decisionMade>;
export type SignalEvent = EventOf<typeof signalReceived> | DecisionMade;

export const signalOverdue = defineEvent({
  type: 'signal.overdue',
  aggregate: 'overdue',
  summary: 'An accepted signal had no terminal decision when its time was up.',
  schema: z.object({ signalId: ulid, subject: z.string(), acceptedAt: instant, ageMs: z.int() }),
});
