import { Controller, Get, Header, Param, Req, StreamableFile } from '@nestjs/common';
import { parse } from '@signalbox/kernel';
import { BlobStore } from '@signalbox/messaging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access } from '../security/access.ts';

const pathSchema = z.object({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits'),
});

/** Payloads that events refer to. */
@Controller('api/blobs')
export class BlobsController {
  constructor(
    private readonly access: Access,
    private readonly blobs: BlobStore,
  ) {}

  /** The bytes, to be saved and never shown in place: what a tool answered may be a page. */
  @Get(':digest')
  @Header('x-content-type-options', 'nosniff')
  async blob(@Req() request: FastifyRequest, @Param() path: object): Promise<StreamableFile> {
    this.access.actorOf(request.headers);
    const { digest } = parse(pathSchema, path, 'path');
    const { bytes, mediaType } = await this.blobs.get(digest);
    return new StreamableFile(bytes, {
      type: mediaType,
      disposition: `attachment; filename="${digest.slice('sha256:'.length)}"`,
      length: bytes.length,
    });
  }
}
