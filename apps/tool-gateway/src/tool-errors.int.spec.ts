import { HALT_CLAUSES } from '@signalbox/contracts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAILURES } from './toolcall/tool-failures.ts';

const root = new URL('../../..', import.meta.url).pathname;
const guide = readFileSync(join(root, 'docs/guides/tool-errors.md'), 'utf8');

/** Where clauses and codes come from that a model may read. */
const FOLDERS = ['http', 'policy', 'ports', 'secrets', 'toolcall', 'tools'].map((folder) =>
  join(root, 'apps/tool-gateway/src', folder),
);
const FILES = ['refusal.ts', 'next-step.ts', 'sub-agents.ts'].map((name) =>
  join(root, 'libs/executions/src', name),
);
/** Words of the same look that no model is told as a code. */
const OTHERS = new Set(
  [
    // Names of tools and of a peer's routes.
    'call_api execute_remediation generate_report get_recent_logs get_system_metrics query_range',
    'read_internal_runbook send_notification',
    // Errors of the configuration, of a person's command, and between gateways.
    'custom invalid_gateway_config tool_module upstream_unavailable claimed_elsewhere call_id_reused',
    'resolver_not_a_person tool_call_not_found tool_call_not_parked retry_refused not_done too_large',
    // Of runs.
    'rejected tool_requested ask_model use_tool look_at_lease outcome_unknown',
  ].flatMap((words) => words.split(' ')),
);

const sources = [
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.includes('.spec.'))
      .map((name) => join(folder, name)),
  ),
  ...FILES,
].map((path) => readFileSync(path, 'utf8'));

function wordsIn(text: string): readonly string[] {
  const found = text.matchAll(
    /'([a-z]+(?:_[a-z]+)+)'|(?:code: |(?:failed|interrupted|ended|givenUp)\()'([a-z]+)'|^ {2}([a-z_]+): (?:none|possible)\(/gm,
  );
  return [...found].map(([, long, short, member]) => long ?? short ?? member ?? '');
}

/** The codes in the tables of a section. */
function codesUnder(heading: string): readonly string[] {
  const [, section = ''] = guide.split(`## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  return [...table.matchAll(/^\| `([a-z_]+)` /gm)].map(([, code = '']) => code);
}

const nothing = codesUnder('Failed: nothing was done');
const possible = codesUnder('Failed: it may have taken effect');
const documented = new Set([...guide.matchAll(/^\| `([a-z_]+)` /gm)].map(([, code]) => code));

describe('the guide to tool errors', () => {
  it('GTW-5: lists every clause and code that there is', () => {
    const codes = new Set(sources.flatMap(wordsIn).filter((word) => !OTHERS.has(word)));
    expect([...codes].filter((code) => !documented.has(code)).toSorted()).toEqual([]);
    expect(codes.size).toBeGreaterThan(50);
  });

  it('GTW-5: lists none that there is not', () => {
    const text = sources.join('\n');
    const made = (code: string) => text.includes(`'${code}'`) || text.includes(`${code}: `);
    const halts: readonly string[] = HALT_CLAUSES;
    expect([...documented].filter((code = '') => !made(code) && !halts.includes(code))).toEqual([]);
  });

  it('GTW-6: says of each failure whether anything was done, as the model is told', () => {
    const told = (effect: string) =>
      Object.keys(FAILURES).filter((code) => FAILURES[code]?.effect === effect);
    expect([...nothing, 'definition_changed'].toSorted()).toEqual(told('none').toSorted());
    expect(possible.toSorted()).toEqual(told('possible').toSorted());
  });
});
