export { startNatsCluster, type NatsCluster } from './nats-cluster.ts';
export { findNatsServer } from './nats-server.finder.ts';
export { startNatsServer, type NatsServer } from './nats-server.ts';
export { startPostgres, type PostgresServer } from './postgres-server.ts';
