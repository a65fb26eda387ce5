import {
  decisionMade,
  executionCompleted,
  executionFailed,
  executionStarted,
  modelAnswered,
  toolRequested,
  toolSettled,
} from '@signalbox/contracts';
import { AppError, newId, type DomainEvent } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import { InMemoryBlobStore } from '@signalbox/testing';
import fc from 'fast-check';
import { toolboxFor } from './peer.fixture.spec.ts';
import { ReportTool } from './report.tool.ts';

const ids = { executionId: newId(), signalId: newId(), callId: newId() };
const definitionDigest = `sha256:${'0'.repeat(64)}`;
const signal = new AbortController().signal;
const SECRET = 'S3cr3t/of "the" <gateway>&co';

interface Told {
  readonly objective?: string;
  readonly result?: string;
  readonly tool?: string;
  readonly says?: string;
}

function storyOf({ objective = 'Heal checkout', result = 'fine', tool = 'restart', says }: Told) {
  const plan = {
    kind: 'agent' as const,
    agent: 'diagnose_repair',
    agentVersion: 3,
    role: '',
    tools: [],
    stepsMax: 10,
  };
  const use = { callId: ids.callId, tool, arguments: { target: result } };
  return [
    executionStarted.of({
      ...ids,
      objective,
      input: null,
      riskLevel: 'high',
      approvalRequired: false,
      plan,
    }),
    modelAnswered.of({
      step: 1,
      provider: 'p',
      model: 'm',
      offline: false,
      text: '',
      toolUses: [use],
      promptTokens: 1_200,
      completionTokens: 34,
      usd: 0.0123,
    }),
    toolRequested.of({ step: 1, use, definitionDigest }),
    toolSettled.of({
      step: 1,
      callId: ids.callId,
      outcome: { status: 'succeeded', result: { said: result } },
    }),
    ...(says === undefined ? [] : [executionCompleted.of({ summary: says })]),
  ];
}

async function reportOn(events: readonly DomainEvent[], given: object = {}) {
  const toolbox = await toolboxWith(events);
  const { blobs, redactor } = toolbox;
  redactor.register(SECRET);
  const answer = await new ReportTool(toolbox).run(
    { ...given },
    { callId: ids.callId, executionId: ids.executionId, signal },
  );
  if (answer.status !== 'succeeded') throw new Error(`${answer.code}: ${answer.message}`);
  const result = answer.result as { digest: string; path: string };
  const { bytes, mediaType } = await blobs.get(result.digest);
  return { result, mediaType, text: Buffer.from(bytes).toString('utf8') };
}

async function toolboxWith(events: readonly DomainEvent[]) {
  const toolbox = toolboxFor({});
  const store = toolbox.store as ReturnType<typeof toolboxFor>['store'] & {
    append(...args: unknown[]): Promise<unknown>;
  };
  const context = { correlationId: newId(), causationId: newId(), actor: 'service:spec', epoch: 0 };
  const write = (aggregate: string, id: string, written: readonly DomainEvent[]) =>
    store.append({ aggregate, id }, NO_EVENTS, written, context);
  const decision = decisionMade.of({
    outcome: 'run',
    by: 'rule',
    riskLevel: 'high',
    rule: { id: newId(), name: 'slow <b>', action: 'run', version: 2 },
    trace: [],
    message: 'p99 | high',
  });
  await write('signal', ids.signalId, [decision]);
  if (events.length > 0) await write('execution', ids.executionId, events);
  return { store, blobs: toolbox.blobs, redactor: toolbox.redactor };
}

/** The lines that are not within a fence, as CommonMark reads fences. */
function outsideFences(markdown: string): readonly string[] {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    if (fence === undefined) {
      fence = /^`{3,}(?=text$)/.exec(line)?.[0];
      if (fence === undefined) lines.push(line);
    } else if (line.trim().length >= fence.length && /^`+$/.test(line.trim())) {
      fence = undefined;
    }
  }
  expect(fence).toBeUndefined();
  return lines;
}

const HOSTILE = [
  '<script>',
  '</pre>',
  '"',
  "'",
  '&lt;',
  '```',
  '``````',
  '\n',
  '|',
  '# ',
  '- ',
  '[a](x)',
  '![i](http://x)',
  'www.x.test',
  'a@b.test',
  '~~~',
  '<!--',
  '-->',
  '\u202e',
  '\u0000',
  '\u001b[2J',
  '\\',
  '💥',
  '\ud800',
];

const OUR_TAG =
  /<(\/?(html|head|body|h1|h2|dl|dt|dd|pre|table|tr|td|th|title|style)|!doctype html|html lang="en"|meta charset="utf-8"|meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'")>/g;

describe('generate_report', () => {
  it('GTW-3: tells what happened from the events, and says where it is kept', async () => {
    const { result, mediaType, text } = await reportOn(storyOf({ says: 'It is well again.' }));
    expect(result).toMatchObject({
      executionId: ids.executionId,
      status: 'completed',
      path: `/api/blobs/${result.digest}`,
      usage: { modelCalls: 1, promptTokens: 1_200, completionTokens: 34, usd: 0.0123, unpriced: 0 },
    });
    expect(mediaType).toBe('text/markdown; charset=utf-8');
    for (const part of [
      '# Execution report: Heal checkout',
      '- **Status** completed',
      '- **Tokens** 1200 read, 34 written',
      '- **Cost** 0.0123 USD by list price',
      '- **Rule** slow \\<b\\>, version 2',
      '- **Says** p99 \\| high',
      '- **Tool** restart',
      '- **Outcome** succeeded',
      '```text\nIt is well again.\n```',
      '| 2 | ',
      'execution.tool\\_settled',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('GTW-3: writes a page as well', async () => {
    const { text, mediaType } = await reportOn(storyOf({}), { format: 'html' });
    expect(mediaType).toBe('text/html; charset=utf-8');
    expect(text).toContain('<dt>Status</dt><dd>running</dd>');
    expect(text).toContain('<dt>Rule</dt><dd>slow &lt;b&gt;, version 2</dd>');
  });

  it('GTW-3: tells how a run failed', async () => {
    const failed = executionFailed.of({ reason: 'budget', detail: 'no tokens left' });
    const { result, text } = await reportOn([...storyOf({}), failed]);
    expect(result).toMatchObject({ status: 'failed' });
    expect(text).toContain('budget: no tokens left');
  });

  it.each([
    [undefined, 'not known yet', ''],
    [
      { status: 'failed', code: 'exit_code', message: 'ended with 3' },
      'failed',
      'exit_code: ended',
    ],
    [{ status: 'refused', clause: 'not_allowed', message: 'no' }, 'refused', 'not_allowed: no'],
    [{ status: 'unknown', message: 'who knows' }, 'unknown', 'who knows'],
  ] as const)('GTW-3: tells what became of a call: %j', async (outcome, status, says) => {
    const story = storyOf({}).filter(({ type }) => type !== 'execution.tool_settled');
    const settled = outcome && toolSettled.of({ step: 1, callId: ids.callId, outcome });
    const { text } = await reportOn([...story, ...(settled ? [settled] : [])]);
    expect(text).toContain(`- **Outcome** ${status}`);
    expect(text).toContain(says);
  });

  it('GTW-7: what came from outside is text in both, whatever it is', async () => {
    const bits = fc.constantFrom(...HOSTILE);
    const hostile = fc.array(bits, { maxLength: 12 }).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (one, two) => {
        const story = storyOf({ objective: one, result: two, tool: 'x', says: `${two}\n${one}` });
        const page = (await reportOn(story, { format: 'html' })).text;
        expect(page.replace(OUR_TAG, '')).not.toMatch(/<|\u202e|[^\P{Cc}\n]/u);
        const { text } = await reportOn(story, { format: 'markdown' });
        expect(text).not.toMatch(/\u202e|[^\P{Cc}\n]/u);
        for (const line of outsideFences(text)) {
          const ours = line
            .replace(/^(#{1,2} |- \*\*[^*]*\*\* )/, '')
            .replace(/^\| | \|$| \| | --- /g, '');
          expect(ours.replace(/\\[!-/:-@[-`{-~]/g, '')).not.toMatch(
            /[<>[\]`*_|#!\\~@]|:\/\/|www\./,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('GTW-3: keeps a long story within bounds, and says what it leaves out', async () => {
    const [started, ...rest] = storyOf({ result: 'x'.repeat(5_000) });
    if (!started) throw new Error('no story');
    const events = [started, ...Array.from({ length: 400 }, () => rest).flat()];
    const { text } = await reportOn(events);
    expect(text).toMatch(/201 more events, which/);
    expect(text).toMatch(/200 more calls/);
    expect(text.length).toBeLessThan(3_000_000);
  });

  it.each(['markdown', 'html'])(
    'GTW-1: shows no credential that stands in what a run was told or asked for: %s',
    async (format) => {
      const story = storyOf({ objective: `Use ${SECRET}`, result: SECRET, says: SECRET });
      const { text } = await reportOn(story, { format });
      expect(text).not.toMatch(/S3cr3t/);
      expect(text).toContain('redacted');
    },
  );

  it('GTW-3: says that there is no such run', async () => {
    const tool = new ReportTool(await toolboxWith([]));
    for (const executionId of [newId(), ids.executionId]) {
      expect(await tool.run({ executionId }, { callId: 'C', signal })).toMatchObject({
        status: 'failed',
        code: 'no_such_execution',
      });
    }
    const message = expect.stringContaining('executionId has to say') as string;
    expect(await tool.run({}, { callId: 'C', signal })).toMatchObject({ message });
  });

  it('GTW-3: says that the report could not be kept', async () => {
    const toolbox = await toolboxWith(storyOf({}));
    class Unreachable extends InMemoryBlobStore {
      override put(): never {
        throw new AppError({ code: 'blobs_away', kind: 'unavailable', message: 'away' });
      }
    }
    const tool = new ReportTool({ ...toolbox, blobs: new Unreachable() });
    const { executionId } = ids;
    expect(await tool.run({ executionId }, { callId: 'C', signal })).toMatchObject({
      status: 'failed',
      code: 'report_not_kept',
    });
  });
});
