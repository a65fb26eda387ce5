import { eventually } from '@signalbox/testing';
import { readFile } from 'node:fs/promises';

const LISTENING = /Debugger listening on (ws:\S+)/g;
const INSPECTOR_MAX_MS = 30_000;
const COLLECTED_MAX_MS = 30_000;

/** So that inspectors of several processes do not meet on one port. */
export const INSPECTABLE = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };

/**
 * Has a Node process that was started `INSPECTABLE` collect its garbage, so that what it takes is what it
 * needs. `logFile` has its standard error, and that of its earlier lives.
 * https://nodejs.org/api/process.html#signal-events
 */
export async function collectGarbage(pid: number, logFile: string): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const inspector = async () => {
    const addresses = [...(await readFile(logFile, 'utf8')).matchAll(LISTENING)];
    // Of an earlier life it is until this one has said its own: nobody is there.
    return connected(addresses.at(-1)?.[1]);
  };
  const socket = await eventually(inspector, INSPECTOR_MAX_MS, 'the inspector');
  const answered = Promise.withResolvers<void>();
  const late = () => answered.reject(new Error('the garbage is not collected in time'));
  const timer = setTimeout(late, COLLECTED_MAX_MS);
  socket.onclose = () => answered.reject(new Error('the inspector went away'));
  socket.onmessage = () => answered.resolve();
  // https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/#method-collectGarbage
  socket.send('{"id":1,"method":"HeapProfiler.collectGarbage"}');
  await answered.promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

async function connected(url = ''): Promise<WebSocket | undefined> {
  if (url === '') return undefined;
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.onopen = () => resolve(socket);
    socket.onerror = () => resolve(undefined);
  });
}
