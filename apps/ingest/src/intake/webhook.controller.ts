import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { Clock, newId, parse, type Json, type JsonObject } from '@signalbox/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contentTypeIn, deliveryKeyIn } from '../http/delivery-headers.ts';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Documented } from '../openapi/operation.ts';
import type { Dialect } from '../sources/signature/signature-scheme.ts';
import { SourceAccess, type Admission, type Attempt } from '../sources/source-access.ts';
import { AcceptDeliveryHandler } from './accept-delivery.handler.ts';
import type { Delivery } from './delivery.ts';
import { hasNoData } from './formats/cloudevents.format.ts';
import { sendSignal } from './webhook.operations.ts';

const ACCEPTED = 'Signal accepted for correlation.';
const FORM = /^application\/x-www-form-urlencoded\b/i;

@Controller('api')
export class WebhookController {
  constructor(
    private readonly access: SourceAccess,
    private readonly accept: AcceptDeliveryHandler,
    private readonly clock: Clock,
  ) {}

  /** Answers once every signal in the body is durable. */
  @Post(['webhook', 'webhook/:source'])
  @HttpCode(202)
  @Documented(sendSignal)
  async receive(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const attempt = this.attemptOf(request);
    // First of all, so that nothing is parsed for somebody who may not send.
    const admission = this.access.admit(attempt);
    const dialect = dialectOf(admission);
    const delivery = deliveryOf(attempt, admission);
    const answer = dialect?.answerTo(delivery.body);
    const isForm = dialect !== undefined && FORM.test(delivery.contentType);
    if (answer || isForm) reply.status(200);
    if (answer) return answer;
    const signals = await this.accept.handle(delivery, (claimed) =>
      this.access.checkClaims(attempt, admission, claimed),
    );
    const ids = signals.map((signal) => signal.id);
    return {
      status: 'queued',
      message: ACCEPTED,
      signal_id: ids[0] ?? null,
      ...(ids.length > 1 ? { signal_ids: ids } : {}),
      ...(isForm ? dialect.accepted(ACCEPTED) : {}),
    };
  }

  private attemptOf(request: FastifyRequest): Attempt {
    const { source } = request.params as { source?: string };
    const receivedAt = this.clock.now();
    return {
      deliveryId: newId(receivedAt),
      receivedAt,
      headers: request.headers,
      bytes: bytesOf(request),
      source,
      remoteAddress: request.ip,
    };
  }
}

function dialectOf({ source }: Admission): Dialect | undefined {
  return source?.signature?.dialect;
}

function bodyOf(delivery: Omit<Delivery, 'body'>, dialect: Dialect | undefined): Json {
  const { bytes, contentType } = delivery;
  if (hasNoData(delivery)) return null;
  // Of anybody else it is JSON: `curl -d` calls everything a form.
  if (dialect && FORM.test(contentType))
    return dialect.readForm(new URLSearchParams(bytes.toString()));
  return parseJson(bytes);
}

function deliveryOf(attempt: Attempt, admission: Admission): Delivery {
  const { source, signature } = admission;
  const { deliveryId: id, receivedAt, bytes } = attempt;
  const headers = Object.fromEntries(
    Object.entries(attempt.headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  const named = parse(sendSignal.path, { source: source?.name ?? attempt.source }, 'path');
  const delivery = {
    id,
    receivedAt,
    bytes,
    contentType: contentTypeIn(headers),
    headers,
    source: named.source,
    format: source?.format,
    signature,
    // Where the sender has a header for it ours is not looked at: it can be put beside a signature
    // that was overheard, and would make of one delivery as many as somebody likes.
    idempotencyKey: deliveryKeyIn(headers, source?.signature?.deliveryHeader),
  };
  return { ...delivery, body: bodyOf(delivery, dialectOf(admission)) };
}
