import { faultPlan } from './fault-plan.ts';
import { modelFaultAt, modelFaults } from './model-fault.ts';

const MINUTE_MS = 60_000;

describe('the faults of a seed', () => {
  it('AGT-2: are the same for the same seed, and others for another', () => {
    expect(faultPlan(7, MINUTE_MS)).toEqual(faultPlan(7, MINUTE_MS));
    expect(faultPlan(7, MINUTE_MS)).not.toEqual(faultPlan(8, MINUTE_MS));
  });

  it.each([1, 2, 3, 4])('AGT-2: of seed %d are of every kind, even in ten seconds', (seed) => {
    const plan = faultPlan(seed, 10_000);
    const kinds = plan.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['kill', 'suspend', 'restart_nats', 'suspend_nats']));
    expect(plan.every(({ atMs }) => atMs < 10_000)).toBe(true);
  });

  it('AGT-2: suspend for longer than a consumer waits', () => {
    const naps = faultPlan(3, 10 * MINUTE_MS).flatMap((f) => (f.kind === 'suspend' ? f.forMs : []));
    expect(Math.min(...naps)).toBeGreaterThan(30_000);
  });

  it('AGT-5: hit the model in every way, and leave most calls alone', () => {
    const drawn = Array.from({ length: 2_000 }, (_, run) => modelFaultAt(5, run, 1, 1));
    expect(new Set(drawn)).toEqual(new Set([undefined, ...modelFaults]));
    expect(drawn.filter((fault) => fault === undefined).length).toBeGreaterThan(1_500);
    expect(modelFaultAt(5, 1, 2, 3)).toBe(modelFaultAt(5, 1, 2, 3));
  });
});
