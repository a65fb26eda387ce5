/** What would change what an app does: another stack's addresses, or a real model to pay for. */
const unwanted = /^(SIGNALBOX|STOURIO|OPENAI|ORCHESTRATOR)_|^APPROVAL_TTL_SECONDS$/;

/** The environment for programs under measurement. */
export const plainEnvironment: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !unwanted.test(entry[0]),
  ),
);

/** Where a program that the harness starts finds NATS. */
export const natsUrl = process.env['SIGNALBOX_NATS_URL'] ?? 'nats://127.0.0.1:4222';

/** Of a run in `agent-steps`: model calls that want a tool, one more ends it. */
export const benchSteps = 10;
/** It is not configured and says so at once. */
export const benchTool = 'get_system_metrics';
