// `npm run bench` runs everything, `npm run bench -- <name>…` what is named. A JSON line each on
// standard output; what they ran on, and how far they are, on standard error.
import { agentSteps } from './agent-steps.bench.ts';
import { append } from './append.bench.ts';
import { backtest } from './backtest.bench.ts';
import { decision } from './decision.bench.ts';
import { gateway } from './gateway.bench.ts';
import { halt } from './halt.bench.ts';
import { ingestHttp } from './ingest-http.bench.ts';
import { describeMachine } from './machine.ts';
import { figureLine, type Bench } from './measure.ts';
import { project } from './project.bench.ts';
import { rules } from './rules.bench.ts';
import { start } from './start.bench.ts';

const benches: Readonly<Record<string, Bench>> = {
  append,
  'ingest-http': ingestHttp,
  decision,
  'agent-steps': agentSteps,
  project,
  rules,
  backtest,
  halt,
  gateway,
  start,
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(benches);
const unknown = names.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(
    `no such bench: ${unknown.join(', ')} (there are ${Object.keys(benches).join(', ')})`,
  );
  process.exit(2);
}

console.error(JSON.stringify(await describeMachine()));
for (const name of names) {
  const bench = benches[name];
  if (!bench) continue;
  console.error(`${name} …`);
  try {
    await using bed = new AsyncDisposableStack();
    console.log(figureLine(name, await bench(bed)));
  } catch (error) {
    console.error(`${name} could not be measured:`, error);
    process.exitCode = 1;
  }
}
// A client library's last timer must not hold up whoever waits for the figures.
process.exit();
