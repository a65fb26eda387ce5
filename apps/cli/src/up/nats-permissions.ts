import { confinedAccount, exportsFor } from '@signalbox/embedded';
import {
  loadPlatformConfig,
  permissionsOf,
  type ConfinedService,
  type Env,
} from '@signalbox/service';

/** What a server of your own needs in its configuration for a service to have its rights alone. */
export function natsPermissions(service: ConfinedService, env: Env): string {
  const { environment } = loadPlatformConfig(env);
  const confined = { user: service, password: 'CHANGE ME', ...permissionsOf(service, environment) };
  return `# In the account that has the streams, SIGNALBOX:
exports: [
  ${exportsFor(confined).join('\n  ')}
]
# Beside it, under accounts:
${confinedAccount(confined)}`;
}
