import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const [servers = 'nats://127.0.0.1:4222', env = 'default'] = process.argv.slice(2);
const signal = { title: 'Disk of db-1 is 97 % full', severity: 'high', fingerprint: 'db-1 disk' };

const connection = await connect({ servers });
const subject = `signals.${env}.disk-check.almost-full`;
const { seq } = await jetstream(connection).publish(subject, JSON.stringify(signal));
console.log(`stored, number ${seq} of the stream`);
await connection.close();
