import { runCampaign, type CampaignReport } from '../chaos/campaign.ts';
import { findings } from '../chaos/story.ts';
import { chosenSeed } from '../random.ts';

const FIXED_SEED = 20_260_101;
const RUNS = 8;
const FAULTS_MS = 8_000;

describe('runs under random faults, on three servers of NATS', () => {
  const seeds = [FIXED_SEED, chosenSeed(process.env)];
  let report: CampaignReport;

  beforeAll(async () => {
    const { PATH = '', HOME = '' } = process.env;
    const said: string[] = [];
    const say = (line: string) => void said.push(line);
    report = await runCampaign({
      runs: RUNS,
      seeds,
      faultsMs: FAULTS_MS,
      nodes: 3,
      shell: { PATH, HOME },
      say,
    });
    console.log(`seeds ${seeds.join(' and ')}: ${report.summary}`);
    const { evidence, violations } = report;
    if (violations.length > 0) console.log([...said, ...findings(evidence, violations)].join('\n'));
  });

  it('AGT-2, GTW-6, SIG-6: every run ends once, and each effect happened once or is parked', () => {
    expect(report.evidence.accepted).toHaveLength(seeds.length * RUNS);
    expect(report.violations).toEqual([]);
  });

  it('AGT-2: the outside has counted effects', () => {
    expect(report.evidence.effects.size).toBeGreaterThanOrEqual(seeds.length * RUNS);
  });
});
