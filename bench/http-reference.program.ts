// What an edge can do at most on this machine: Fastify that echoes the body, and Fastify that
// publishes it durably, once for each request, with the client library alone.
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { newId } from '@signalbox/kernel';
import { subjectsOf } from '@signalbox/messaging';
import { fastify } from 'fastify';
import { natsUrl } from './config.ts';

const client = jetstream(await connect({ servers: natsUrl }));
// In an environment of its own, so that nobody else reads what is only a reference.
const subject = subjectsOf('reference').signal('bench', 'reference');

const server = fastify();
server.post('/echo', (request) => request.body);
server.post('/publish', async (request, reply) => {
  const id = newId();
  await client.publish(subject, JSON.stringify(request.body), { msgID: id });
  return reply.code(202).send({ signal_id: id });
});
const url = await server.listen({ host: '127.0.0.1', port: 0 });
process.send?.({ ready: 'http-reference', url });
process.on('disconnect', () => process.exit());
