import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { Clock, newId, parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { contentTypeIn, deliveryKeyIn } from '../http/delivery-headers.ts';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { SourceAccess, type Admission, type Attempt } from '../sources/source-access.ts';
import { AcceptDeliveryHandler } from './accept-delivery.handler.ts';
import type { Delivery } from './delivery.ts';
import { hasNoData } from './formats/cloudevents.format.ts';

const pathSchema = z.object({ source: z.string().min(1).max(100).optional() });

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
  async receive(@Req() request: FastifyRequest): Promise<JsonObject> {
    const attempt = this.attemptOf(request);
    // First of all, so that nothing is parsed for somebody who may not send.
    const admission = this.access.admit(attempt);
    const signals = await this.accept.handle(deliveryOf(attempt, admission), (claimed) =>
      this.access.checkClaims(attempt, admission, claimed),
    );
    const ids = signals.map((signal) => signal.id);
    return {
      status: 'queued',
      message: 'Signal accepted for correlation.',
      signal_id: ids[0] ?? null,
      ...(ids.length > 1 ? { signal_ids: ids } : {}),
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

function deliveryOf(attempt: Attempt, { source, signature }: Admission): Delivery {
  const { deliveryId: id, receivedAt, bytes } = attempt;
  const headers = Object.fromEntries(
    Object.entries(attempt.headers).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  const named = parse(pathSchema, { source: source?.name ?? attempt.source }, 'path');
  return {
    id,
    receivedAt,
    bytes,
    contentType: contentTypeIn(headers),
    headers,
    body: hasNoData({ headers, bytes }) ? null : parseJson(bytes),
    source: named.source,
    format: source?.format,
    signature,
    // Where the sender has a header for it ours is not looked at: it can be put beside a signature
    // that was overheard, and would make of one delivery as many as somebody likes.
    idempotencyKey: deliveryKeyIn(headers, source?.signature?.deliveryHeader),
  };
}
