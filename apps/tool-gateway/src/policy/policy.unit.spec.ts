import { Policy } from './policy.ts';

describe('policy', () => {
  const policy = new Policy({
    allow: [
      { caller: 'diagnose_repair', tools: ['runbooks__*', 'execute_remediation'] },
      { caller: 'read_*', tools: ['*'] },
    ],
  });

  it.each([
    ['diagnose_repair', 'runbooks__read_text_file', true],
    ['diagnose_repair', 'execute_remediation', true],
    ['diagnose_repair', 'execute_remediation_now', false],
    ['diagnose_repair', 'runbooks', false],
    ['diagnose_repair2', 'execute_remediation', false],
    ['read_only', 'anything', true],
    ['', 'execute_remediation', false],
  ])('GTW-5: %s may use %s: %s', (caller, tool, allowed) => {
    expect(policy.allows(caller, tool)).toBe(allowed);
  });

  it('GTW-5: allows nothing by default', () => {
    expect(new Policy({ allow: [] }).allows('diagnose_repair', 'runbooks__read')).toBe(false);
  });
});
