import { literalCredentials } from '../secrets/literal-credentials.ts';
import type { GatewayConfig } from './gateway-config.schema.ts';

const SHELL = /(^|\/)(ba|da|z|k|a|fi)?sh$/;
const CODE_FOLLOWS = /^-[a-z]*c$/;
const TARGET = '{{target}}';

/** What is taken but is hardly meant so. Names fields, never values. */
export function configWarnings(
  config: Pick<GatewayConfig, 'upstreams' | 'mcpServers' | 'policy' | 'remediation'>,
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
    ...targetsInCode(config),
    ...(config.policy.allow.length === 0
      ? ['policy.allow: is empty, so nobody may call any tool']
      : []),
  ];
}

const upstreamIn = (field: string) => /^upstreams\.([^.]+)\./.exec(field)?.[1] ?? '';

/** A shell takes what stands within its code for code, whatever it is. */
function targetsInCode({ remediation }: Pick<GatewayConfig, 'remediation'>): readonly string[] {
  return Object.entries(remediation?.commands ?? {}).flatMap(([name, { argv = [] }]) => {
    const [program = '', ...words] = argv;
    const isCode = SHELL.test(program) && words.some((word) => CODE_FOLLOWS.test(word));
    if (!isCode || !words.some((word) => word !== TARGET && word.includes(TARGET))) return [];
    const instead = `[${program}, -c, 'echo "$1"', ${program}, '${TARGET}']`;
    const why = `the shell takes ${TARGET} for code; as a word of its own it is text`;
    return [`remediation.commands.${name}.argv: ${why}: ${instead}`];
  });
}
