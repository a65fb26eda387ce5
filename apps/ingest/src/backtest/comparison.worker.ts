// The thread of a backtest: rules and signals come in as data, lines go out. It has no connection,
// no environment and no handle on anything that could act, whatever a rule says.
import { signalReceived, type Rule } from '@signalbox/contracts';
import { AppError, asAppError, upcast } from '@signalbox/kernel';
import { compareRuleSets, compileRules, type RuleSet } from '@signalbox/rules';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { compileCandidates } from '../rules/rule-wire.ts';
import {
  changedLine,
  type ComparisonAnswer,
  type ComparisonInput,
  type ComparisonRequest,
  type PackedSignals,
} from './comparison.ts';

const utf8 = new TextDecoder();

/**
 * @throws AppError `invalid` naming the candidate rule, or saying that they are too many,
 * `unavailable` when it is the rules in force that cannot be used.
 */
function comparison({ before, after, limits }: ComparisonInput) {
  const candidates = compileCandidates(after);
  const backtest = compareRuleSets(inForce(before), candidates);
  const shown = { signals: 0, bytes: 0 };
  let read = 0;
  let changed = 0;

  return (request: ComparisonRequest): ComparisonAnswer => {
    if (request === 'end') {
      return { kind: 'done', summary: backtest.summary(), truncated: shown.signals < changed };
    }
    let lines = '';
    for (const signal of signalsIn(request)) {
      read++;
      const change = backtest.take(signal);
      if (change === undefined) continue;
      changed++;
      if (shown.signals >= limits.signals || shown.bytes >= limits.bytes) continue;
      const line = changedLine(change);
      shown.signals++;
      shown.bytes += line.length;
      lines += line;
    }
    return { kind: 'compared', read, changed, lines };
  };
}

function inForce(rules: readonly Rule[]): RuleSet {
  try {
    return compileRules(rules);
  } catch (cause) {
    const message = `The rules in force cannot be used: ${asAppError(cause).message}`;
    throw new AppError({ code: 'rules_unusable', kind: 'unavailable', message, cause });
  }
}

/** Nothing that one of our releases has recorded is refused, so what cannot be read is a defect. */
function* signalsIn({ lines, schemaVersions }: PackedSignals) {
  const texts = utf8.decode(lines).split('\n');
  for (const [index, version] of schemaVersions.entries()) {
    if (version > signalReceived.schemaVersion) {
      const message = `A newer release has recorded signals of version ${version}.`;
      throw new AppError({ code: 'unknown_event_type', kind: 'unavailable', message });
    }
    const data = jsonIn(texts[index]);
    if (data === undefined) continue;
    yield upcast(signalReceived, version, data).data.signal;
  }
}

/** Undefined for what is none: somebody forged the headers of a message, and it is no event. */
function jsonIn(text = ''): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Of this thread alone, which Linux can do; the rest of the process goes first. */
function stepBack(): void {
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
}

function failed(thrown: unknown): ComparisonAnswer {
  const { code, kind, message, fields } = asAppError(thrown);
  return { kind: 'failed', error: { code, kind, message, fields } };
}

function serve(port: MessagePort): void {
  try {
    const answer = comparison(workerData as ComparisonInput);
    port.on('message', (request: ComparisonRequest) => {
      try {
        port.postMessage(answer(request));
      } catch (error) {
        port.postMessage(failed(error));
      }
    });
    port.postMessage({ kind: 'ready' } satisfies ComparisonAnswer);
  } catch (error) {
    port.postMessage(failed(error));
  }
}

stepBack();
if (parentPort) serve(parentPort);
