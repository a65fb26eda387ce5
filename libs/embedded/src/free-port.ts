import { createServer, type AddressInfo, type Server } from 'node:net';

/**
 * Below what the system gives to whoever listens on port 0 or connects (from 32768 on Linux, 49152 on
 * macOS): nobody is given one of these between the look and its use, nor while its server is restarted.
 */
const PORTS = { first: 10_240, end: 32_768 };
const ATTEMPTS_MAX = 100;

/** TCP ports of 127.0.0.1 that are free right now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(Array.from({ length: count }, () => holdOne()));
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
  return ports;
}

async function holdOne(): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listening(PORTS.first + Math.floor(Math.random() * (PORTS.end - PORTS.first)));
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

function listening(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const holder = createServer();
    holder.once('error', reject);
    holder.listen(port, '127.0.0.1', () => resolve(holder));
  });
}
