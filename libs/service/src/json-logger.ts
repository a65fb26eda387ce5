import { ConsoleLogger } from '@nestjs/common';
import type { PlatformConfig } from './config.ts';

export type LogRedaction = (line: string) => string;

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
    return [...redactions].reduce((text, redact) => redact(text), line);
  }
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
