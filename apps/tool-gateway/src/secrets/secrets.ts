import type { Env } from '@signalbox/service';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { ToolResult } from '../ports/tool.port.ts';
import type { Redactor } from './redactor.ts';

/** What is shorter cannot be taken out of texts again without spoiling them. */
const SECRET_CHARACTERS_MIN = 8;
const SECRET_CHARACTERS_MAX = 10_000;

/** Where a secret is. Never quoted when it is wrong: it may be the secret itself. */
export const secretReference = z
  .string()
  .max(500)
  .regex(/^(env|file):.+$/, 'is neither env:NAME nor file:/path');

/** A text, or a secret with what stands before it: `{ secret: env:TOKEN, prefix: 'Bearer ' }`. */
const secretText = z.union([
  z.string(),
  z.strictObject({ secret: secretReference, prefix: z.string().max(100).default('') }),
]);
export type SecretText = z.output<typeof secretText>;

export const headersConfig = z
  .record(z.string().regex(/^[a-zA-Z0-9-]{1,100}$/), secretText)
  .default({});

/** A credential is not there; the message says where it was looked for, and never what it is. */
export class MissingCredential extends Error {
  toResult(): ToolResult {
    return { status: 'failed', code: 'missing_credential', message: this.message };
  }
}

export interface SecretsOptions {
  readonly env: Env;
  /** What relative paths mean. */
  readonly folder: string;
  readonly redactor: Redactor;
}

/** Reads credentials when they are needed, so that a renewed one counts from the next call on. */
export class Secrets {
  constructor(private readonly options: SecretsOptions) {}

  /** @throws MissingCredential */
  async resolve(reference: string): Promise<string> {
    const [, kind, place = ''] = /^(env|file):(.+)$/.exec(reference) ?? [];
    const found = kind === 'env' ? this.options.env[place] : await this.read(place);
    const value = found?.trim() ?? '';
    if (value.length < SECRET_CHARACTERS_MIN || value.length > SECRET_CHARACTERS_MAX) {
      const why = value === '' ? 'is not there' : 'is too short or too long to be a secret';
      throw new MissingCredential(`The credential ${kind}:${place} ${why}.`);
    }
    this.options.redactor.register(value);
    return value;
  }

  /** @throws MissingCredential */
  async headers(
    configured: Readonly<Record<string, SecretText>>,
  ): Promise<Readonly<Record<string, string>>> {
    const entries = Object.entries(configured).map(async ([name, value]) => {
      if (typeof value === 'string') return [name.toLowerCase(), value] as const;
      return [name.toLowerCase(), value.prefix + (await this.resolve(value.secret))] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /**
   * Makes every credential that `config` refers to known to the redactor, so that one shows nowhere
   * even before its first use. Those that are not there are told of when they are used.
   */
  async learn(config: unknown): Promise<void> {
    const references = textsIn(config).filter((text) => secretReference.safeParse(text).success);
    await Promise.allSettled(references.map((reference) => this.resolve(reference)));
  }

  private async read(path: string): Promise<string | undefined> {
    return readFile(resolve(this.options.folder, path), 'utf8').catch(() => undefined);
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}
