import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { drainBody } from './drain-body.ts';
import { PROBLEM_MEDIA_TYPE, problemOf } from './problem.ts';

/** The one place where an error becomes an HTTP answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  async catch(thrown: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const problem = problemOf(thrown);
    if (problem.status >= 500) {
      const { method, url } = request;
      const stack = thrown instanceof Error ? thrown.stack : String(thrown);
      this.logger.error(`${method} ${url}: ${problem.status} ${problem.detail}`, stack);
    }
    if (problem.status === 413) await drainBody(request.raw);
    const reply = http.getResponse<FastifyReply>();
    const { retry_after_seconds: seconds } = problem;
    if (seconds !== undefined) reply.header('retry-after', seconds);
    void reply.status(problem.status).header('content-type', PROBLEM_MEDIA_TYPE).send(problem);
  }
}
