import { launchPrefix, startServerProcess, type ServerProcess } from '@signalbox/embedded';

const READY_MAX_MS = 90_000;
const STOP_MAX_MS = 20_000;

/** Another product's server, as a process of this test. */
export interface Peer {
  stop(): Promise<void>;
}

/** Starts a Go server that logs as Prometheus's do, and waits for the line that says `ready`. */
export async function startPeer(
  name: string,
  command: readonly string[],
  ready: string,
): Promise<Peer> {
  const server: ServerProcess = await startServerProcess({
    name,
    command: [...launchPrefix({ parentDeathSignal: 'SIGTERM' }), ...command],
    isReady: (line) => line.includes(ready),
    readyLimitMs: READY_MAX_MS,
    explain: (output) => output.at(-1) ?? 'it said nothing',
    stopSignal: 'SIGTERM',
  });
  return { stop: () => server.stop(STOP_MAX_MS) };
}
