import { operation } from './operation.ts';
import { anyObject } from './shapes.ts';

export const docsPage = operation({
  id: 'docsPage',
  summary: 'This API as a page',
  access: 'nobody',
  answers: { 200: { description: 'The page.', mediaType: 'text/html' } },
  problems: { 429: 'Too many wrong keys from this address.' },
});

export const docsDocument = operation({
  id: 'docsDocument',
  summary: 'This API as an OpenAPI document',
  access: 'nobody',
  answers: { 200: { description: 'OpenAPI 3.1.', body: anyObject } },
  problems: { 429: 'Too many wrong keys from this address.' },
});
