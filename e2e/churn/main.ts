// `npm run churn -- --minutes 60 --seed N`: MCP servers of others behind one gateway, each killed at
// random while all are called. Exit code 0 when no other server's call failed and nothing was left
// behind, 1 when not, 2 when it was called wrongly.
import { reasonOf } from '@signalbox/embedded';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chosenSeed } from '../random.ts';
import { churn } from './churn.ts';
import { findingsIn } from './findings.ts';
import { churnedUpstreams, fetchedUpstreams } from './upstreams.ts';

const MINUTES = 60;
/** Each of five is killed about twice a minute, and is called all the time. */
const KILL_PAUSE_MAX_MS = 10_000;
const CALL_PAUSE_MS = 250;

const asked = askedFor(process.argv.slice(2));
if (!asked) {
  console.error('usage: npm run churn -- [--minutes 60] [--seed N]');
  process.exit(2);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { minutes, seed } = asked;
const folder = await mkdtemp(join(tmpdir(), 'signalbox-churn-'));
const say = (line: string) => console.log(`churn: ${line}`);
say(`${minutes} minutes, seed ${seed}, log in ${folder}/gateway.log`);
let missing = '';
const fetched = await fetchedUpstreams(folder).catch((error: unknown) => {
  missing = `, WITHOUT the git and the database server, which cannot be had: ${reasonOf(error)}`;
  return [];
});
const upstreams = [...(await churnedUpstreams(folder)), ...fetched];
const servers = `${upstreams.length} servers: ${upstreams.map(({ name }) => name).join(', ')}${missing}`;
say(servers);
const report = await churn({
  durationMs: minutes * 60_000,
  seed,
  folder,
  upstreams,
  callPauseMs: CALL_PAUSE_MS,
  killPauseMaxMs: KILL_PAUSE_MAX_MS,
  say,
});
const { calls, kills, ownFailures } = report;
say(servers);
say(`${calls} calls, ${kills} kills, ${ownFailures} calls failed with their own server`);
const away = Object.entries(report.awayMs).map(([name, ms]) => `${name} ${Math.round(ms)} ms`);
say(`away at the longest: ${away.join(', ')}`);
const findings = findingsIn(report);
for (const line of findings) console.error(`churn: ${line}`);
// A client library's last timer must not hold up whoever waits for the answer.
process.exit(findings.length > 0 ? 1 : 0);

function askedFor(args: string[]): { readonly minutes: number; readonly seed: number } | undefined {
  try {
    const options = { minutes: { type: 'string' }, seed: { type: 'string' } } as const;
    const { values } = parseArgs({ args, options });
    const given = {
      minutes: Number(values.minutes ?? MINUTES),
      seed: Number(values.seed ?? chosenSeed(process.env)),
    };
    return given.minutes > 0 && Number.isSafeInteger(given.seed) ? given : undefined;
  } catch {
    return undefined;
  }
}
