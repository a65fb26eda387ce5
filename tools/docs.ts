// Writes the documents that follow from the code. `npm run docs`; with `--check` it only compares.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { openApiDocument } from '@signalbox/ingest';
import { asyncApiDocument } from './docs/asyncapi.ts';
import { gatewaySchema } from './docs/gateway-schema.ts';
import { messagesPage } from './docs/messages.ts';

const generated: Readonly<Record<string, string>> = {
  'docs/messages.md': messagesPage(),
  'docs/asyncapi.json': `${JSON.stringify(asyncApiDocument(), null, 2)}\n`,
  'docs/api/openapi.json': `${JSON.stringify(openApiDocument(), null, 2)}\n`,
  'docs/gateway.schema.json': `${JSON.stringify(gatewaySchema(), null, 2)}\n`,
};

const stale = Object.entries(generated).filter(
  ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
);
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path}: is stale; run npm run docs`);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const [path, text] of stale) writeFileSync(path, text);
console.log(`docs: ${stale.length} of ${Object.keys(generated).length} written`);
