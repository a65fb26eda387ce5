// `npm run chaos -- --runs 300 --seed N --nodes 3`: many runs under many faults, and whether every
// promise held. Exit code 0 when it did, 1 when not, 2 when it was called wrongly.
import { parseArgs } from 'node:util';
import { chosenSeed } from '../random.ts';
import { runCampaign } from './campaign.ts';
import { findings } from './story.ts';

const RUNS = 300;
/** Of faults and traffic, for each run: 300 of them take three and a half minutes. */
const MS_PER_RUN = 700;
const FAULTS_MIN_MS = 10_000;

const asked = askedFor(process.argv.slice(2));
if (!asked) {
  console.error('usage: npm run chaos -- [--runs 300] [--seed N] [--nodes 1|3], all whole numbers');
  process.exit(2);
}
const { runs, seed, nodes } = asked;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { PATH = '', HOME = '' } = process.env;
const { evidence, violations, summary, folder } = await runCampaign({
  runs,
  seeds: [seed],
  nodes,
  faultsMs: Math.max(FAULTS_MIN_MS, runs * MS_PER_RUN),
  shell: { PATH, HOME },
  say: (line) => console.log(`chaos: ${line}`),
});
console.log(`chaos: ${summary}`);
if (violations.length > 0) {
  for (const line of findings(evidence, violations)) console.error(line);
  console.error(`\nchaos: ${violations.length} findings with seed ${seed}; logs in ${folder}/logs`);
  process.exitCode = 1;
}
// A client library's last timer must not hold up whoever waits for the answer.
process.exit();

interface Asked {
  readonly runs: number;
  readonly seed: number;
  /** Servers of NATS; a stream has as many replicas. */
  readonly nodes: 1 | 3;
}

function askedFor(args: string[]): Asked | undefined {
  try {
    const string = { type: 'string' } as const;
    const { values } = parseArgs({ args, options: { runs: string, seed: string, nodes: string } });
    const found = {
      runs: Number(values.runs ?? RUNS),
      seed: Number(values.seed ?? chosenSeed(process.env)),
      nodes: Number(values.nodes ?? 1),
    };
    const fits = Object.values(found).every(Number.isSafeInteger) && found.runs > 0;
    const size = found.nodes;
    return fits && (size === 1 || size === 3) ? { ...found, nodes: size } : undefined;
  } catch {
    return undefined;
  }
}
