// The gateway's own client of MCP servers as the program that the official conformance suite tests: it
// lists the tools of the server whose address it is given, and calls them.
// How the suite tells what is wanted: https://github.com/modelcontextprotocol/conformance
import type { JsonObject } from '@signalbox/kernel';
import { upstreamAlone, type Tool } from '@signalbox/tool-gateway';

const NAME = 'suite';
/** Here a call would be refused: it is about what is read of the list. */
const LISTED_ONLY = 'json-schema-ref-no-deref';
/** A tool that wants the schema of the other, as it was understood. */
const ECHO = `${NAME}__json_schema_echo`;

interface Call {
  readonly name: string;
  readonly arguments: JsonObject;
}

const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_CONTEXT: context = '{}' } = process.env;
const asked = JSON.parse(context) as { readonly toolCalls?: readonly Call[] };

const url = process.argv.at(-1) ?? '';
const { port } = new URL(url);
const places = ['localhost', '127.0.0.1', '[::1]'].map((host) => `${host}:${port}`);
const careless = { '*': { repeatable: true, approval: false } };
const upstream = upstreamAlone(NAME, { http: { url }, tools: careless }, places);
const tools = await upstream.tools();
for (const { name, arguments: given } of callsOf(tools)) {
  const tool = tools.find(({ definition }) => definition.name === name);
  const call = { callId: 'CALL1', signal: new AbortController().signal };
  console.log(name, JSON.stringify(await tool?.run(given, call)));
}
await upstream.close();
process.exit(0);

/** Those that the suite asks for, or each tool with something that fits its schema. */
function callsOf(listed: readonly Tool[]): readonly Call[] {
  if (scenario === LISTED_ONLY) return [];
  if (asked.toolCalls) {
    return asked.toolCalls.map((call) => ({ ...call, name: `${NAME}__${call.name}` }));
  }
  return listed.map(({ definition: { name, inputSchema } }) => {
    const other = listed.find(({ definition }) => definition.name !== name);
    const echoed = name === ECHO && other && { schema: other.definition.inputSchema };
    return { name, arguments: echoed || fitting(inputSchema) };
  });
}

function fitting({ properties = {} }: JsonObject): JsonObject {
  const samples: Readonly<Record<string, number | boolean>> = {
    number: 2,
    integer: 2,
    boolean: true,
  };
  const values = Object.entries(properties as Record<string, { readonly type?: string }>).map(
    ([name, { type = '' }]) => [name, samples[type] ?? 'x'] as const,
  );
  return Object.fromEntries(values);
}
