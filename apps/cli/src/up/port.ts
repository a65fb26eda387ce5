import { freePorts } from '@signalbox/embedded';
import { AppError } from '@signalbox/kernel';
import { createServer } from 'node:net';

/**
 * The port the edge will have, before anything is started in vain; a free one for 0, so that it
 * stays the same when the edge is started again.
 * @throws AppError `port_in_use`
 */
export async function claimPort(wanted: number): Promise<number> {
  const port = wanted || ((await freePorts(1))[0] ?? 0);
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new AppError({
          code: 'port_in_use',
          kind: 'conflict',
          message: `port ${port} on 127.0.0.1 cannot be had (${cause.code}); set SIGNALBOX_PORT to another`,
          cause,
        }),
      ),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
}
