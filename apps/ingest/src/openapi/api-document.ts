import type { Type } from '@nestjs/common';
import { apiDocument, type OpenApiDocument } from './document.ts';
import { documentPage } from './page.ts';

/** The document and its page, made when somebody first asks for them. */
export class ApiDocument {
  #json: OpenApiDocument | undefined;
  #page: string | undefined;

  constructor(
    private readonly controllers: readonly Type[],
    private readonly version: string,
  ) {}

  get json(): OpenApiDocument {
    return (this.#json ??= apiDocument(this.controllers, this.version));
  }

  get page(): string {
    return (this.#page ??= documentPage(this.json));
  }
}
