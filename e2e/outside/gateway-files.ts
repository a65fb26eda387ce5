import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A remediation whose effect is one line of a file; it takes a moment to say so. */
const program = `
import { appendFileSync } from 'node:fs';
import { env } from 'node:process';
appendFileSync(env.EFFECTS_FILE, env.SIGNALBOX_CALL_ID + '\\n');
setTimeout(() => {}, 150);
`;

export interface GatewayFiles {
  readonly folder: string;
  readonly counterUrl: string;
  readonly effectsFile: string;
}

/** Writes what a gateway needs to offer both ways of counting. @returns the path of its configuration. */
export async function writeGatewayFiles(files: GatewayFiles): Promise<string> {
  const { folder, counterUrl, effectsFile } = files;
  await writeFile(join(folder, 'count.mjs'), program);
  const path = join(folder, 'gateway.yaml');
  // JSON is YAML.
  const config = {
    http: { allow: [new URL(counterUrl).host] },
    apis: { approval: false, allow: [{ url: `${counterUrl}/effects`, methods: ['POST'] }] },
    remediation: {
      unsandboxed: true,
      env: { EFFECTS_FILE: effectsFile },
      commands: { count: { argv: ['node', './count.mjs', '{{target}}'] } },
    },
    policy: { allow: [{ caller: '*', tools: ['call_api', 'execute_remediation'] }] },
  };
  await writeFile(path, JSON.stringify(config, null, 2));
  return path;
}
