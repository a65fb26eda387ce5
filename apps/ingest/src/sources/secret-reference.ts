import type { Env } from '@signalbox/service';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { SecretReference } from './signature/secrets.ts';

/**
 * `env:NAME`, or `file:/path` whose text counts without the white space around it. Read once, so
 * that a secret which is not there shows at the start. Problems never quote what was given: it may
 * be the secret itself.
 */
export function secretReference(env: Env, folder: string): SecretReference {
  return z.string().transform((reference, context) => {
    const [, kind, place = ''] = /^(env|file):(.+)$/.exec(reference) ?? [];
    const found =
      kind === undefined
        ? { problem: 'is neither env:NAME nor file:/path' }
        : kind === 'env'
          ? secretIn(env[place], `the variable ${place}`)
          : secretInFile(resolve(folder, place));
    if ('secret' in found) return found.secret;
    context.addIssue({ code: 'custom', message: found.problem });
    return z.NEVER;
  });
}

type Found = { readonly secret: string } | { readonly problem: string };

function secretIn(text: string | undefined, where: string): Found {
  const secret = text?.trim();
  if (secret === undefined) return { problem: `${where} is not set` };
  return secret === '' ? { problem: `${where} is empty` } : { secret };
}

function secretInFile(path: string): Found {
  try {
    return secretIn(readFileSync(path, 'utf8'), path);
  } catch (error) {
    return { problem: (error as Error).message };
  }
}
