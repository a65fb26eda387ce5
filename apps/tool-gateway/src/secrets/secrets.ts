import type { Env } from '@signalbox/service';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { OutgoingHttp } from '../http/outgoing-http.ts';
import type { KvStoresConfig } from './kv-store.schema.ts';
import { KvStore } from './kv-store.ts';
import { literalCredentials, partsOf } from './literal-credentials.ts';
import type { Redactor } from './redactor.ts';
import { MissingCredential, secretReference, type SecretText } from './secret-reference.ts';

/** What is shorter cannot be taken out of texts again without spoiling them. */
const SECRET_CHARACTERS_MIN = 8;
const SECRET_CHARACTERS_MAX = 10_000;

export interface SecretsOptions {
  readonly env: Env;
  /** What relative paths mean. */
  readonly folder: string;
  readonly redactor: Redactor;
  /** Absent: references that lead there find nothing. */
  readonly stores?: KvStoresConfig;
  readonly http: OutgoingHttp;
}

/** Reads credentials when they are needed, so that a renewed one counts from the next call on. */
export class Secrets {
  private readonly stores: ReadonlyMap<string, KvStore>;

  constructor(private readonly options: SecretsOptions) {
    const { redactor, stores = {}, http } = options;
    const shared = {
      http,
      resolve: (reference: string) => this.resolve(reference),
    };
    this.stores = new Map(
      Object.entries(stores).flatMap(([name, config]) => {
        const onToken = (token: string) => redactor.register(token, `login of ${name}`);
        return config ? [[name, new KvStore({ name, config, onToken, ...shared })] as const] : [];
      }),
    );
  }

  /** @throws MissingCredential */
  async resolve(reference: string): Promise<string> {
    const [, kind = '', place = ''] = /^([a-z]+):(.+)$/.exec(reference) ?? [];
    const found = await this.find(kind, place);
    const value = found?.trim() ?? '';
    if (value.length < SECRET_CHARACTERS_MIN || value.length > SECRET_CHARACTERS_MAX) {
      const why = value === '' ? 'is not there' : 'is too short or too long to be a secret';
      throw new MissingCredential(`The credential ${kind}:${place} ${why}.`);
    }
    for (const part of partsToldOf(value)) this.options.redactor.register(part, reference);
    return value;
  }

  /** @throws MissingCredential */
  async headers(
    configured: Readonly<Record<string, SecretText>>,
  ): Promise<Readonly<Record<string, string>>> {
    const texts = Object.entries(await this.texts(configured));
    return Object.fromEntries(texts.map(([name, value]) => [name.toLowerCase(), value]));
  }

  /** @throws MissingCredential */
  async texts(
    configured: Readonly<Record<string, SecretText>>,
  ): Promise<Readonly<Record<string, string>>> {
    const entries = Object.entries(configured).map(async ([name, value]) => {
      if (typeof value === 'string') return [name, value] as const;
      return [name, value.prefix + (await this.resolve(value.secret))] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /**
   * Makes every credential that `config` refers to, or itself holds, known to the redactor, so that
   * one shows nowhere even before its first use. Those that are not there are told of when they are
   * used, and what a store holds does not come here before.
   */
  async learn(config: unknown): Promise<void> {
    for (const part of literalCredentials(config).flatMap(partsOf)) {
      this.options.redactor.register(part);
    }
    const references = textsIn(config).filter(
      (text) => secretReference.safeParse(text).success && /^(env|file):/.test(text),
    );
    const learnt = references.map(async (reference) => {
      // For good: what runs on was started with it, however often it is renewed.
      for (const part of partsToldOf(await this.resolve(reference))) {
        this.options.redactor.register(part);
      }
    });
    await Promise.allSettled(learnt);
  }

  private async find(kind: string, place: string): Promise<string | undefined> {
    switch (kind) {
      case 'env':
        return this.options.env[place];
      case 'file':
        return this.read(place);
      default:
        return this.stores.get(kind)?.read(place);
    }
  }

  private async read(path: string): Promise<string | undefined> {
    return readFile(resolve(this.options.folder, path), 'utf8').catch(() => undefined);
  }
}

/** A peer repeats of an address only what it was asked for. */
function partsToldOf(value: string): readonly string[] {
  const { pathname = '', search = '' } = URL.parse(value) ?? {};
  return [value, pathname + search].filter((part) => part.length >= SECRET_CHARACTERS_MIN);
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(textsIn);
}
