import { eventually } from '@signalbox/testing';
import { readFile } from 'node:fs/promises';

const LISTENING = /Debugger listening on (ws:\S+)/;
const INSPECTOR_MAX_MS = 30_000;

/** So that inspectors of several processes do not meet on one port. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };

/**
 * Has a Node process that was started `INSPECTABLE` collect its garbage, so that what it takes is what it
 * needs. `logFile` has its standard error. https://nodejs.org/api/process.html#signal-events
 */
export async function collectGarbage(pid: number, logFile: string): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const url = await eventually(
    async () => LISTENING.exec(await readFile(logFile, 'utf8'))?.[1],
    INSPECTOR_MAX_MS,
    'the inspector',
  );
  const socket = new WebSocket(url);
  const answered = Promise.withResolvers<void>();
  socket.onerror = () => answered.reject(new Error('the inspector went away'));
  socket.onmessage = () => answered.resolve();
  // https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#method-collectGarbage
  socket.onopen = () => socket.send('{"id":1,"method":"HeapProfiler.collectGarbage"}');
  await answered.promise.finally(() => socket.close());
}
