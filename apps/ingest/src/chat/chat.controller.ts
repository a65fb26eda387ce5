import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { Clock } from '@signalbox/kernel';
import { ControlWatch } from '@signalbox/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contentTypeIn, deliveryKeyIn } from '../http/delivery-headers.ts';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import { chatAnswer, haltedAnswer, type ChatAnswer } from './chat-answer.ts';
import { chatSignal, type ChatSignal } from './chat-request.ts';
import { sayInChat } from './chat.operations.ts';
import { ChatHandler } from './chat.handler.ts';

@Controller('api')
export class ChatController {
  constructor(
    private readonly access: Access,
    private readonly control: ControlWatch,
    private readonly chat: ChatHandler,
    private readonly clock: Clock,
  ) {}

  /** Answers with the outcome, or after the wait 202 with where it will be found. */
  @Post('chat')
  @HttpCode(200)
  @Documented(sayInChat)
  async say(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChatAnswer | ReturnType<typeof haltedAnswer>> {
    const actor = this.access.actorOf(request.headers);
    const { key, signal } = this.saidIn(request);
    if (this.control.state() === 'halted') return haltedAnswer();
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const asker = { actor, sameRequest: key !== undefined, gone: gone.signal };
    const outcome = await this.chat.handle(signal, asker);
    if (outcome.status === 'running') reply.status(202);
    return chatAnswer(signal, outcome);
  }

  private saidIn(request: FastifyRequest): { key: string | undefined; signal: ChatSignal } {
    const { headers } = request;
    const key = deliveryKeyIn(headers);
    const bytes = bytesOf(request);
    const signal = chatSignal({
      receivedAt: this.clock.now(),
      bytes,
      contentType: contentTypeIn(headers),
      body: parseJson(bytes),
      idempotencyKey: key,
    });
    return { key, signal };
  }
}
