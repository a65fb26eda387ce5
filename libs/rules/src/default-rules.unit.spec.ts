import { defaultRules } from './default-rules.ts';
import { compileRules } from './rule-set.ts';
import { signal } from './signals.fixture.spec.ts';

/** What they catch and leave alone is in `commands/corpus`. */
describe('the default safety rules', () => {
  it('RUL-4: are four, of type regex, with fixed ids', () => {
    expect(
      defaultRules.map(({ id, name, patternType, action, riskLevel }) => [
        id,
        name,
        patternType,
        action,
        riskLevel,
      ]),
    ).toEqual([
      ['00000000000000000000000001', 'prevent_db_drop', 'regex', 'require_approval', 'critical'],
      ['00000000000000000000000002', 'block_ssh_root', 'regex', 'hard_reject', 'critical'],
      ['00000000000000000000000003', 'block_rm_rf', 'regex', 'hard_reject', 'critical'],
      ['00000000000000000000000004', 'auto_scale_cpu', 'regex', 'trigger_automation', 'low'],
    ]);
  });

  it('RUL-4: auto_scale_cpu fires on the documented alert', () => {
    const { matched } = compileRules(defaultRules).evaluate(signal());
    expect(matched).toMatchObject({
      name: 'auto_scale_cpu',
      automationId: 'auto_scale_horizontal',
    });
  });

  it.each([
    ['CPU usage', { value: '97.3 %' }],
    ['web-1', { cpu: { value: 97 } }],
  ])('RUL-4: auto_scale_cpu fires on %j with the payload %j', (title, payload) => {
    const of = signal({ title, payload });
    expect(compileRules(defaultRules).evaluate(of).matched?.name).toBe('auto_scale_cpu');
  });
});
