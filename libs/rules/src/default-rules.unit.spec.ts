import { type Signal, signalSchema } from '@signalbox/contracts';
import { canonicalJson, digestOf, type Json } from '@signalbox/kernel';
import { defaultRules } from './default-rules.ts';
import { compileRules } from './rule-set.ts';

const rules = compileRules(defaultRules);
const signal = (title: string, payload: Json = {}): Signal =>
  signalSchema.parse({
    id: '01JAR000000000000000000000',
    source: 'datadog',
    type: 'alert',
    title,
    severity: 'critical',
    fingerprint: 'f',
    startsAt: '2026-11-01T10:00:00Z',
    receivedAt: '2026-11-01T10:00:01Z',
    payload,
    raw: {
      sha256: digestOf(payload),
      bytes: canonicalJson(payload).length,
      contentType: 'application/json',
      deliveryId: '01JAR000000000000000000000',
    },
    signature: 'unsigned',
  });
const decides = (title: string, payload?: Json) =>
  rules.evaluate(signal(title, payload)).matched?.name;

describe('the default safety rules', () => {
  it('RUL-4: are four, with fixed ids', () => {
    expect(
      defaultRules.map(({ id, name, action, riskLevel }) => [id, name, action, riskLevel]),
    ).toEqual([
      ['00000000000000000000000001', 'prevent_db_drop', 'require_approval', 'critical'],
      ['00000000000000000000000002', 'block_ssh_root', 'hard_reject', 'critical'],
      ['00000000000000000000000003', 'block_rm_rf', 'hard_reject', 'critical'],
      ['00000000000000000000000004', 'auto_scale_cpu', 'trigger_automation', 'low'],
    ]);
  });

  it.each([
    'DROP TABLE users',
    'drop  database prod',
    'DR/**/OP TABLE users',
    'DROP/**/TABLE users',
    'DROP/* a * b **/ TABLE users',
    'DROP -- why not\nTABLE users',
  ])('RUL-3: prevent_db_drop catches %j in title and payload', (text) => {
    expect(decides(text)).toBe('prevent_db_drop');
    expect(decides('query log', { statements: [{ text }] })).toBe('prevent_db_drop');
  });

  it.each([
    'ssh root@10.0.0.1',
    'ssh -l root h',
    'ssh -p 22 root@h',
    'ssh h -l root',
    'ssh "root@h"',
  ])('RUL-3: block_ssh_root catches %j in title and payload', (text) => {
    expect(decides(text)).toBe('block_ssh_root');
    expect(decides('shell log', { command: text })).toBe('block_ssh_root');
  });

  it.each(['ssh deploy@h', 'ssh -l deploy h', 'the root cause of ssh failures'])(
    'RUL-3: block_ssh_root leaves %j alone',
    (text) => {
      expect(decides(text)).toBeUndefined();
    },
  );

  it.each([
    'rm -rf /',
    'rm -fr /',
    'rm -r -f /',
    'rm --recursive --force /',
    'rm -rf --no-preserve-root /',
    'rm -rf /*',
    'rm -rf "/"',
    'r/**/m -rf /',
    'rm   -rf\t/ ; echo done',
  ])('RUL-3: block_rm_rf catches %j in title and payload', (text) => {
    expect(decides(text)).toBe('block_rm_rf');
    expect(decides('shell log', { command: text })).toBe('block_rm_rf');
  });

  it.each(['rm -rf /var/tmp/x', 'rm -rf ./build', 'rm -f /', 'alarm -rf /'])(
    'RUL-3: block_rm_rf leaves %j alone',
    (text) => {
      expect(decides(text)).toBeUndefined();
      expect(decides('shell log', { command: text })).toBeUndefined();
    },
  );

  it('RUL-4: auto_scale_cpu fires on the documented alert', () => {
    const payload = { host: 'web-server-03', cpu_percent: 97.3, duration_minutes: 5 };
    expect(decides('High CPU on web-server-03', payload)).toBe('auto_scale_cpu');
  });

  it.each(['CPU > 95%', 'cpu usage: 92.5%', 'CPU utilization is 100%', 'cpu >= 90'])(
    'RUL-4: auto_scale_cpu fires on %j',
    (title) => {
      expect(decides(title)).toBe('auto_scale_cpu');
    },
  );

  it.each(['CPU > 85%', 'CPU at 9%', 'CPU count: 96', 'cpu: 950'])(
    'RUL-4: auto_scale_cpu leaves %j alone',
    (title) => {
      expect(decides(title)).toBeUndefined();
    },
  );
});
