import { Controller, Post, Req, Res } from '@nestjs/common';
import { Clock } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { DefinitionWatch } from '../definitions/definition-watch.ts';
import { Documented } from '../openapi/operation.ts';
import { candidates } from '../rules/rule-wire.ts';
import { Access } from '../security/access.ts';
import { backtest } from './backtest.operations.ts';
import { backtestRequest } from './backtest-request.ts';
import { Backtester } from './backtester.ts';
import { readInTime } from './read-in-time.ts';

/** Others wait meanwhile. */
const UNREAD_MAX_MS = 30_000;

/** What a rule set would have decided of the signals that were recorded, beside what is in force. */
@Controller('api/rules/backtest')
export class BacktestController {
  constructor(
    private readonly access: Access,
    private readonly definitions: DefinitionWatch,
    private readonly backtester: Backtester,
    private readonly clock: Clock,
  ) {}

  /** Answers with lines of JSON while it runs; a client that goes away, or stops reading, ends it. */
  @Post()
  @Documented(backtest)
  async backtest(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.access.actorOf(request.headers);
    const now = this.clock.now();
    const { rules, ...period } = backtestRequest(parseJson(bytesOf(request)), now);
    await this.definitions.whenCaughtUp();
    const before = [...this.definitions.rules.values()];
    const after = candidates(rules, before, now);
    const { lines, stop } = await this.backtester.start({ before, after }, period);
    reply.raw.once('close', () => void stop());
    if (reply.raw.destroyed) return stop();
    void reply
      .status(200)
      .headers({ 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
      .send(readInTime(lines, UNREAD_MAX_MS));
  }
}
