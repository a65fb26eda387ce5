import { literalCredentials } from '../secrets/literal-credentials.ts';
import type { GatewayConfig } from './gateway-config.schema.ts';

/** What is taken but is hardly meant so. Names fields, never values. */
export function configWarnings(
  config: Pick<GatewayConfig, 'upstreams' | 'mcpServers' | 'policy'>,
): readonly string[] {
  const literal = literalCredentials(config)
    .map(({ field }) => field)
    // A server is among the upstreams as well; its own place is the one that the file has.
    .filter((field) => !Object.hasOwn(config.mcpServers, upstreamIn(field)))
    .map((field) => field.replace(/^(mcpServers\.[^.]+)\.(stdio|http)\./, '$1.'));
  return [
    ...literal.map(
      (field) =>
        `${field}: holds a credential itself; a reference, { secret: env:NAME }, keeps it out of the file`,
    ),
    ...(config.policy.allow.length === 0
      ? ['policy.allow: is empty, so nobody may call any tool']
      : []),
  ];
}

const upstreamIn = (field: string) => /^upstreams\.([^.]+)\./.exec(field)?.[1] ?? '';
