import { AppError, type FieldProblem } from '@signalbox/kernel';
import { parseRulesFile } from './rules-file.ts';

const text = `# what must not happen
rules:
  - name: block_rm
    pattern: '\\brm -rf /'
    action: hard_reject
  - name: scale
    pattern: cpu
    action: trigger_automation
    priority: 70000
`;
const problemsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError)
      return error.fields.map(({ field, problem }) => `${field}: ${problem}`);
    throw error;
  }
  return [];
};
const refusal = (...fields: FieldProblem[]) =>
  new AppError({ code: 'invalid_input', kind: 'invalid', message: 'rules.1: no', fields });

describe('a rules file', () => {
  it('RUL-2: is YAML, and JSON is YAML too', () => {
    const { rules } = parseRulesFile(text, 'rules.yaml');
    expect(rules[0]).toEqual({ name: 'block_rm', pattern: '\\brm -rf /', action: 'hard_reject' });
    expect(parseRulesFile(JSON.stringify({ rules }), 'r.json').rules).toEqual(rules);
    expect(parseRulesFile('rules: []', 'r').rules).toEqual([]);
  });

  it('CLI-1: an error of the server names file, line, rule and field', () => {
    const { locate } = parseRulesFile(text, 'rules.yaml');
    const error = locate(
      refusal(
        { field: 'rules.1.priority', problem: 'is too big' },
        { field: 'rules.1.automation_id', problem: 'is needed' },
      ),
    );
    expect(error).toMatchObject({ kind: 'invalid', code: 'invalid_input' });
    expect(error.message).toBe('rules.yaml:9:15: rule scale: priority: is too big');
    expect(error.fields).toEqual([
      { field: 'rules.yaml:9:15', problem: 'rule scale: priority: is too big' },
      // It is missing, so the rule itself is shown.
      { field: 'rules.yaml:6:5', problem: 'rule scale: automation_id: is needed' },
    ]);
  });

  it('CLI-1: an error that is not about the file stays as it is', () => {
    const { locate } = parseRulesFile(text, 'rules.yaml');
    const away = new AppError({ code: 'no_server', kind: 'unavailable', message: 'nobody' });
    expect(locate(away)).toBe(away);
    const period = refusal({ field: 'since', problem: 'is odd' });
    expect(locate(period)).toBe(period);
  });

  it.each([
    ['rules:\n  - name: a\n   pattern: b', [expect.stringMatching(/^f:3:\d+: /)]],
    ['rules:\n  - {name: a, name: b}', [expect.stringMatching(/^f:2:\d+: .*unique/i)]],
    ['rules:\n  - pattern: "\\s+"', [expect.stringMatching(/^f:2:\d+: .*escape/i)]],
    ['rule:\n  - name: a', ['f:2:3: rule is not known; a rules file has rules']],
    ['', ['f:1:1: a rules file has a list, rules; [] for none']],
    ['rules:', [expect.stringMatching(/^f:1:\d+: a rules file has a list/)]],
    ['- name: a', ['f:1:1: a rules file has a list, rules; [] for none']],
    ['just text', ['f:1:1: a rules file has a list, rules; [] for none']],
  ])('CLI-1: says where %j is wrong', (given, problems) => {
    expect(problemsOf(() => parseRulesFile(given, 'f'))).toEqual(problems);
  });
});
