import asyncapi from '@asyncapi/parser';
import { asyncApiDocument } from './asyncapi.ts';

const parser = new asyncapi.Parser();
const errorsOf = async (document: object) =>
  (await parser.parse(JSON.stringify(document))).diagnostics.filter((d) => d.severity === 0);

it('the AsyncAPI document is valid for its official parser', async () => {
  expect(await errorsOf(asyncApiDocument())).toEqual([]);
}, 30_000);

it('the parser refuses a document that is wrong', async () => {
  expect(await errorsOf({ ...asyncApiDocument(), info: {} })).not.toEqual([]);
}, 30_000);
