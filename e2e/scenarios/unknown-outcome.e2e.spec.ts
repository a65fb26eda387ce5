import { eventually } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Platform } from '../platform.ts';
import { signalbox } from '../signalbox.ts';
import {
  answerApproval,
  effectsOf,
  endOf,
  eventOf,
  sendSignal,
  slowCheckout,
  whenEquipped,
} from '../stories.ts';

const EFFECT_MAX_MS = 120_000;

/**
 * A remediation whose gateway is killed with certainty between its effect and its outcome. It
 * outlives the gateway, and the scenario.
 */
const program = `
import { appendFileSync } from 'node:fs';
const { SIGNALBOX_EFFECTS_FILE: file, SIGNALBOX_CALL_ID: callId } = process.env;
appendFileSync(file, JSON.stringify({ callId }) + '\\n');
setTimeout(() => {}, 600_000);
`;

const gateway = (runbooks: string) => `
upstreams:
  runbooks:
    stdio: { package: '@modelcontextprotocol/server-filesystem', args: ['${runbooks}'], unsandboxed: true }
    tools:
      search_files: { repeatable: true, approval: false }
      read_text_file: { repeatable: true, approval: false }
remediation:
  unsandboxed: true
  env: { SIGNALBOX_EFFECTS_FILE: '\${SIGNALBOX_HOME}/effects.jsonl' }
  commands:
    restart_service: { argv: [node, ./hang.mjs, '{{target}}'] }
policy:
  allow:
    - { caller: diagnose_repair, tools: [runbooks__*, execute_remediation] }
`;

describe('a gateway that is killed between an effect and its outcome', () => {
  let platform: Platform;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-gateway-'));
    await writeFile(join(folder, 'hang.mjs'), program);
    const runbooks = join(import.meta.dirname, '..', '..', 'deploy', 'runbooks');
    await writeFile(join(folder, 'gateway.yaml'), gateway(runbooks));
    platform = await Platform.start({
      args: ['--no-sample', '--processes'],
      env: { SIGNALBOX_GATEWAY_CONFIG: join(folder, 'gateway.yaml') },
    });
    await whenEquipped(platform);
  });
  afterAll(async () => {
    await platform.stopAndForget();
    await rm(folder, { recursive: true });
  });

  it('GTW-6: the call is parked as unknown and listed, and never repeated', async () => {
    const signalId = await sendSignal(platform, slowCheckout());
    const { aggregate_id: approvalId } = await eventOf(platform, signalId, 'approval.requested');
    await answerApproval(platform, approvalId, true);
    await eventually(
      async () => (await effectsOf(platform)).length === 1,
      EFFECT_MAX_MS,
      'the effect',
    );
    expect(await platform.killApp('tool-gateway')).toBe(true);

    const end = await endOf(platform, signalId);
    expect(end).toMatchObject({ type: 'execution.failed', data: { reason: 'outcome_unknown' } });
    const [callId] = await effectsOf(platform);
    expect(await effectsOf(platform)).toEqual([callId]);
    const listed = await platform.get<{ call_id: string }[]>('/api/tool-calls?status=unknown');
    expect(listed.body.map((call) => call.call_id)).toEqual([callId]);
    expect((await signalbox(['status'], platform.clientEnv)).output).toMatch(/outcome unknown +1 /);
  });
});
