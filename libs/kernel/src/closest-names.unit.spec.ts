import { closestTo } from './closest-names.ts';

const names = ['get_recent_logs', 'get_system_metrics', 'execute_remediation', 'files__read_file'];

it.each([
  ['remediate', 'execute_remediation'],
  ['GetLogs', 'get_recent_logs'],
  ['read_file', 'files__read_file'],
  ['system.metrics', 'get_system_metrics'],
])('the name that is closest to %s is %s', (asked, closest) => {
  expect(closestTo(asked, names)[0]).toBe(closest);
  expect(closestTo(asked, names)).toHaveLength(3);
});

it('has something to say of any name, and nothing where there are none', () => {
  expect(closestTo('', names)).toHaveLength(3);
  expect(closestTo('x'.repeat(1_000_000), names)).toHaveLength(3);
  expect(closestTo('x', [])).toEqual([]);
});
