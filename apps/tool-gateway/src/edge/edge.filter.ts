import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { asAppError, errorOutcomes, type Json, type JsonObject } from '@signalbox/kernel';
import type { Redactor } from '../secrets/redactor.ts';
import { MissingCredential } from '../secrets/secret-reference.ts';

interface Reply {
  status(code: number): Reply;
  header(name: string, value: string): Reply;
  send(body: object): void;
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** Errors in the shape of the contract: `{"detail"}`. */
@Catch()
export class EdgeFilter implements ExceptionFilter {
  private readonly logger = new Logger(EdgeFilter.name);

  constructor(private readonly redactor: Redactor) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const { status, body } = answerTo(thrown);
    if (status >= 500 && !(thrown instanceof HttpException)) this.logger.error(String(thrown));
    const reply = host.switchToHttp().getResponse<Reply>().status(status);
    if ('retry_after_seconds' in body) {
      reply.header('retry-after', String(body.retry_after_seconds));
    }
    // What did not become the outcome of a call: nobody has redacted it yet.
    reply.send(this.redactor.redactJson(body) as JsonObject);
  }
}

function answerTo(thrown: unknown): Answer {
  if (thrown instanceof HttpException) {
    const said = thrown.getResponse();
    const body = typeof said === 'object' && !('statusCode' in said) ? said : undefined;
    const status = thrown.getStatus();
    // A body that is no JSON is 422 in the contract, like any other that is wrong.
    const answer = (body as JsonObject | undefined) ?? { detail: thrown.message };
    return { status: status === 400 ? 422 : status, body: answer };
  }
  if (thrown instanceof MissingCredential) {
    return { status: 503, body: { detail: 'This gateway has no secret to compare with.' } };
  }
  const { kind, message, fields } = asAppError(thrown);
  // What is wrong in the body is 422 in the contract.
  if (kind === 'invalid')
    return { status: 422, body: { detail: message, errors: fields as unknown as Json } };
  const detail = kind === 'bug' ? 'This is an error of ours; the log has the details.' : message;
  return { status: errorOutcomes[kind].http, body: { detail } };
}
