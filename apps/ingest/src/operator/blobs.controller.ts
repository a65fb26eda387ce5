import { Controller, Get, Header, Param, Req, StreamableFile } from '@nestjs/common';
import { parse } from '@signalbox/kernel';
import { BlobStore } from '@signalbox/messaging';
import type { FastifyRequest } from 'fastify';
import { Documented } from '../openapi/operation.ts';
import { Access } from '../security/access.ts';
import { blob } from './queries.operations.ts';

/** Payloads that events refer to. */
@Controller('api/blobs')
export class BlobsController {
  constructor(
    private readonly access: Access,
    private readonly blobs: BlobStore,
  ) {}

  /** The bytes, to be saved and never shown in place: what a tool answered may be a page. */
  @Get(':digest')
  @Documented(blob)
  @Header('x-content-type-options', 'nosniff')
  async blob(@Req() request: FastifyRequest, @Param() path: object): Promise<StreamableFile> {
    this.access.actorOf(request.headers);
    const { digest } = parse(blob.path, path, 'path');
    const { bytes, mediaType } = await this.blobs.get(digest);
    return new StreamableFile(bytes, {
      type: mediaType,
      disposition: `attachment; filename="${digest.slice('sha256:'.length)}"`,
      length: bytes.length,
    });
  }
}
