import type { UpstreamConfig } from '../gateway-config/upstream.schema.ts';
import type { CallSlots } from './call-slots.ts';
import { type McpSession, SERVER_ENDED } from './mcp-session.ts';
import { isRunning, kill, memoryOf, processTree } from './process-memory.ts';

/** A server that grows faster than this finds out is the machine's to stop. */
const PROCESS_EVERY_MS = 1_000;

export const IDLE = 'it was not used';

/** Ends a session that nobody uses, that does not answer, or whose server takes too much memory. */
export function lookAfter(session: McpSession, config: UpstreamConfig, slots: CallSlots): void {
  const { idleTimeoutMs, pingEveryMs, stdio } = config;
  let pinging: Promise<void> | undefined;
  let processes: readonly number[] = [];
  const timers = [
    setInterval(() => {
      if (slots.idleMs(performance.now()) >= idleTimeoutMs) end(IDLE);
    }, idleTimeoutMs / 2),
    setInterval(() => {
      // A server that works on a call may take its time for all else; the call has a time of its own.
      if (!slots.busy) ping();
    }, pingEveryMs),
  ];
  // A call whose answer's stream has broken would wait for it until its time is up.
  if (!stdio) session.onTrouble(ping);
  if (stdio) {
    checkProcess(stdio.memoryBytesMax);
    timers.push(setInterval(() => checkProcess(stdio.memoryBytesMax), PROCESS_EVERY_MS));
  }
  for (const timer of timers) timer.unref();
  void session.whenLost.then(cleanUp);

  function cleanUp(): void {
    timers.forEach((timer) => clearInterval(timer));
    kill(processes);
  }

  function ping(): void {
    // What goes wrong because it is being closed is no news.
    if (session.lostBecause !== undefined) return;
    pinging ??= session
      .ping()
      .catch((error: unknown) => end(`it does not answer: ${String(error)}`))
      .finally(() => (pinging = undefined));
  }

  function end(because: string): void {
    void session.close(because);
  }

  function checkProcess(bytesMax: number): void {
    const { pid } = session;
    if (pid === undefined) return;
    if (!isRunning(pid)) {
      // As long as what it has started holds its pipes, nothing else tells of its end.
      kill(processes);
      return end(SERVER_ENDED);
    }
    processes = processTree(pid);
    const bytes = memoryOf(processes);
    if (bytes <= bytesMax) return;
    end(`it took ${bytes} bytes of memory, at most ${bytesMax} may be`);
    kill(processes);
  }
}
