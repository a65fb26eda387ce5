export { loadPlatformConfig, readConfig, type Env, type PlatformConfig } from './config.ts';
export { ControlWatch } from './control-watch.ts';
export { Environment } from './environment.ts';
export { natsAddress, type NatsAddress } from './nats-address.ts';
export {
  confinedServices,
  permissionsOf,
  type ConfinedService,
  type NatsRights,
} from './nats-rights.ts';
export { NATS_CONNECTION, PlatformModule } from './platform.module.ts';
export { RateLimit, type RateLimitOptions, type Taken } from './rate-limit.ts';
export { senderOf } from './remote-address.ts';
export { isMain, runMain } from './run-main.ts';
export { startService, type HttpOptions, type RunningService } from './start-service.ts';
