import { allEvents, invokeTool, type ToolOutcome, type toolRegistered } from '@signalbox/contracts';
import { newId, SystemClock, type EventOf } from '@signalbox/kernel';
import { JetStreamBlobStore, JetStreamCommandBus, JetStreamEventStore } from '@signalbox/messaging';
import { eventually, startTestNats } from '@signalbox/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../main.ts';
import { context, request } from './gateway.fixture.spec.ts';

const TOOL = 'files__read_text_file';
/** The server answers with it twice, as text and as a structure. */
const TEXT = 'all work and no play\n'.repeat(50_000);

const configurationOf = (folder: string) => ({
  upstreams: {
    files: {
      stdio: {
        package: '@modelcontextprotocol/server-filesystem',
        args: [folder],
        unsandboxed: 'if-needed',
        sandbox: { read: [folder] },
      },
      tools: { read_text_file: { repeatable: true, approval: false } },
    },
  },
  policy: { allow: [{ caller: 'reader', tools: [TOOL] }] },
});

it('AGT-8: of a result of 2 MB the caller gets the beginning, and the blob store keeps it all', async () => {
  const nats = await startTestNats();
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-large-'));
  writeFileSync(join(folder, 'large.log'), TEXT);
  const file = join(folder, 'gateway.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configurationOf(folder)));
  const gateway = await start({
    SIGNALBOX_NATS_URL: nats.url,
    SIGNALBOX_ENV: nats.env,
    SIGNALBOX_GATEWAY_CONFIG: file,
    SIGNALBOX_HOME: folder,
    SIGNALBOX_LOG_LEVEL: 'error',
  });
  const { connection, env } = nats;
  const shared = { connection, env, clock: new SystemClock(), source: 'spec' };
  const store = new JetStreamEventStore({ ...shared, definitions: allEvents });
  const bus = new JetStreamCommandBus(shared);

  // Its server may take longer to be up than the gateway waits for it.
  const offer = await eventually(async () => {
    const { events } = await store.read({ aggregate: 'tool', id: TOOL });
    return events.at(-1) as EventOf<typeof toolRegistered> | undefined;
  });
  const invocation = {
    callId: newId(),
    executionId: newId(),
    caller: 'reader',
    replyTo: 'agent-runner' as const,
    tool: TOOL,
    arguments: { path: join(folder, 'large.log') },
    definitionDigest: offer.data.definitionDigest,
  };
  await request(store, invocation);
  const asked = { id: invocation.callId, context: context(), waitMs: 60_000 };
  const outcome = (await bus.request(invokeTool.of(invocation), asked)) as unknown as ToolOutcome;
  if (outcome.status !== 'succeeded' || !outcome.whole) throw new Error(JSON.stringify(outcome));

  expect(outcome.result).toMatch(/all work and no play.*This is the beginning of \d+ bytes/s);
  expect(outcome.whole.bytes).toBeGreaterThan(2_000_000);
  expect(JSON.stringify(outcome).length).toBeLessThan(20_000);
  const { bytes } = await new JetStreamBlobStore(connection).get(outcome.whole.digest);
  expect(Buffer.from(bytes).toString()).toContain(JSON.stringify(TEXT).slice(1, -1));
  await gateway.stop();
  await nats.stop();
  rmSync(folder, { recursive: true });
});
