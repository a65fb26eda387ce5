import { ConsoleLogger } from '@nestjs/common';
import type { PlatformConfig } from './config.ts';

/** Of a text of a line, or of a whole line. */
export type LogRedaction = (text: string) => string;

/**
 * What is kept out of every line of this process: Nest has one logger for all, that of the service
 * that started last, whichever service a line comes from.
 */
const redactions = new Set<LogRedaction>();

/** The redaction counts until the function is called that this answers with. */
export function redactLogs(redaction: LogRedaction): () => void {
  redactions.add(redaction);
  return () => redactions.delete(redaction);
}

class RedactingLogger extends ConsoleLogger {
  protected override stringifyJsonLogObject(logObject: Record<string, unknown>): string {
    const line = super.stringifyJsonLogObject(logObject);
    // Somebody else's object has names of its own.
    const hasNames = Object.values(logObject).some((value) => typeof value === 'object');
    return hasNames ? redacted(line) : line;
  }

  /** Each text for itself: one that was cut within a secret shows it by its end, which no line has. */
  protected override stringifyReplacer(key: string, value: unknown): unknown {
    const plain: unknown = super.stringifyReplacer(key, value);
    return typeof plain === 'string' ? redacted(plain) : plain;
  }
}

function redacted(text: string): string {
  return [...redactions].reduce((rest, redact) => redact(rest), text);
}

/** One JSON object for each line. */
export function jsonLogger(service: string, { logLevel }: Pick<PlatformConfig, 'logLevel'>) {
  const levels = ['error', 'warn', 'log', 'debug'] as const;
  return new RedactingLogger({
    json: true,
    prefix: service,
    logLevels: levels.slice(0, levels.indexOf(logLevel) + 1),
  });
}
