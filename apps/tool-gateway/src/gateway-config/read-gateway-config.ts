import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { configWording } from './config-wording.ts';
import { gatewayConfigSchema, type GatewayConfig } from './gateway-config.schema.ts';
import { invalidConfig } from './invalid-config.ts';

/** Said at once; the rest when these are mended. */
const PROBLEMS_MAX = 5;

/** What `${NAME}` in a text of the file stands for. */
export type Substitutions = Readonly<Record<string, string>>;

/**
 * The gateway's configuration out of a YAML file.
 * @throws AppError `invalid`, naming the file and the field that is wrong.
 */
export function readGatewayConfig(file: string, substitutions: Substitutions): GatewayConfig {
  const path = resolve(file);
  const config = parseGatewayConfig(readText(path), path, substitutions);
  return { ...config, file: path, folder: dirname(path) };
}

export function parseGatewayConfig(text: string, what: string, substitutions: Substitutions) {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (cause) {
    throw invalidConfig(`${what}: ${(cause as Error).message}`, cause);
  }
  const fillIn = (value: unknown, field: string): unknown => {
    if (typeof value === 'string') return substitute(value, `${what}: ${field}`, substitutions);
    if (Array.isArray(value)) return value.map((item, i) => fillIn(item, join(field, i)));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fillIn(item, join(field, key))]),
    );
  };
  const config = valid(fillIn(document, ''), what);
  const twice = Object.keys(config.mcpServers).find((name) =>
    Object.hasOwn(config.upstreams, name),
  );
  if (twice !== undefined)
    throw invalidConfig(`${what}: mcpServers.${twice}: upstreams has it too`);
  return { ...config, upstreams: { ...config.upstreams, ...config.mcpServers } };
}

function valid(document: unknown, what: string) {
  const { data, error } = gatewayConfigSchema.safeParse(document, { error: configWording });
  if (data) return data;
  // What is missing is often there under a name that is not right.
  const problems = error.issues
    .toSorted((a, b) => Number(isMisspelt(b)) - Number(isMisspelt(a)))
    .slice(0, PROBLEMS_MAX)
    .map(({ path, message }) => [what, path.join('.'), message].filter(Boolean).join(': '));
  throw invalidConfig(problems.join('\n'), error);
}

const isMisspelt = ({ code }: z.core.$ZodIssue) => code === 'unrecognized_keys';

const join = (field: string, key: string | number) => (field === '' ? `${key}` : `${field}.${key}`);

function substitute(text: string, where: string, substitutions: Substitutions): string {
  return text.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    const value = substitutions[name];
    if (value !== undefined) return value;
    const known = Object.keys(substitutions).join(', ');
    throw invalidConfig(`${where}: ${whole} is not known here, only ${known} is`);
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw invalidConfig(`SIGNALBOX_GATEWAY_CONFIG: ${(cause as Error).message}`, cause);
  }
}
