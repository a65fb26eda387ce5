import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { Clock, newId, parse, type JsonObject } from '@signalbox/kernel';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bytesOf, parseJson } from '../http/json-body.ts';
import { Access } from '../security/access.ts';
import { AcceptDeliveryHandler } from './accept-delivery.handler.ts';
import type { Delivery } from './delivery.ts';

const CONTENT_TYPE_LENGTH_MAX = 200;

/** What the path and the headers say about a delivery. */
const namesSchema = z.object({
  source: z.string().min(1).max(100).optional(),
  'Idempotency-Key': z.string().min(1).max(200).optional(),
});

@Controller('api')
export class WebhookController {
  constructor(
    private readonly access: Access,
    private readonly accept: AcceptDeliveryHandler,
    private readonly clock: Clock,
  ) {}

  /** Answers once every signal in the body is durable. */
  @Post(['webhook', 'webhook/:source'])
  @HttpCode(202)
  async receive(@Req() request: FastifyRequest): Promise<JsonObject> {
    this.access.actorOf(request.headers);
    const signals = await this.accept.handle(this.deliveryOf(request));
    const ids = signals.map((signal) => signal.id);
    return {
      status: 'queued',
      message: 'Signal accepted for correlation.',
      signal_id: ids[0] ?? null,
      ...(ids.length > 1 ? { signal_ids: ids } : {}),
    };
  }

  private deliveryOf(request: FastifyRequest): Delivery {
    const { source } = request.params as { source?: string };
    const idempotencyKey = request.headers['idempotency-key'];
    const named = parse(namesSchema, { source, 'Idempotency-Key': idempotencyKey }, 'webhook');
    const receivedAt = this.clock.now();
    const bytes = bytesOf(request);
    return {
      id: newId(receivedAt),
      receivedAt,
      bytes,
      contentType: (request.headers['content-type'] ?? '').slice(0, CONTENT_TYPE_LENGTH_MAX),
      body: parseJson(bytes),
      source: named.source,
      idempotencyKey: named['Idempotency-Key'],
    };
  }
}
