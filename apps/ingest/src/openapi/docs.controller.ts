import { Controller, Get, Header } from '@nestjs/common';
import { ApiDocument } from './api-document.ts';
import { docsDocument, docsPage } from './docs.operations.ts';
import type { OpenApiDocument } from './document.ts';
import { Documented } from './operation.ts';

/** What there is to ask, for whoever may come this far: it tells nothing of what is stored. */
@Controller('docs')
export class DocsController {
  constructor(private readonly document: ApiDocument) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  @Header('x-content-type-options', 'nosniff')
  @Documented(docsPage)
  page(): string {
    return this.document.page;
  }

  @Get('openapi.json')
  @Documented(docsDocument)
  json(): OpenApiDocument {
    return this.document.json;
  }
}
