import { z } from 'zod';
import type { HttpOutcome, HttpRequest, OutgoingHttp } from '../http/outgoing-http.ts';
import { parsedJson } from '../http/parsed-json.ts';
import type { KvStoreConfig } from './kv-store.schema.ts';
import { MissingCredential } from './secret-reference.ts';

const ANSWER_BYTES_MAX = 1_000_000;
/** Of a login's lease: after that it is not used any more. */
const LEASE_SHARE_USED = 0.8;
/** Between two logins because of a refusal: what is refused after the first one is the path. */
const LOGIN_INTERVAL_MS = 30_000;
/** A call that was stopped meanwhile is refused a moment later anyway. */
const neverStopped = new AbortController().signal;

const loginAnswer = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number().default(0) }),
});
const readAnswer = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) });

export interface KvStoreOptions {
  /** `vault` or `bao`, for messages. */
  readonly name: string;
  readonly config: KvStoreConfig;
  readonly http: Pick<OutgoingHttp, 'send'>;
  /** Of the credentials that open the store. */
  readonly resolve: (reference: string) => Promise<string>;
  /** Called with each token that the store gives. */
  readonly onToken: (token: string) => void;
}

/**
 * Secrets of a KV engine, version 2, as Vault and OpenBao serve it. A value is kept for nobody; a
 * login is, for as long as its lease lasts or until the store refuses it.
 * https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-version
 * https://developer.hashicorp.com/vault/api-docs/auth/approle#login-with-approle
 * https://openbao.org/api-docs/secret/kv/kv-v2/
 */
export class KvStore {
  private login: Promise<string> | undefined;
  /** As `performance.now` counts; of the login that has succeeded. */
  private usedUntil = Infinity;
  /** Likewise, when a login was last dropped because it was refused. */
  private droppedAt = -Infinity;

  constructor(private readonly options: KvStoreOptions) {}

  /**
   * The field of the newest version; `place` is `mount/path#field`.
   * @throws MissingCredential `credential_forbidden` when the store refuses us,
   * `credential_store_unavailable` when it does not answer as it should.
   */
  async read(place: string): Promise<string> {
    const [, mount = '', path = '', field = ''] = /^([^/]+)\/(.+)#(.+)$/.exec(place) ?? [];
    const ask = async (token: Promise<string>) => {
      const headers = { 'x-vault-token': await token };
      return this.send({ method: 'GET', path: `${mount}/data/${path}`, headers });
    };
    const used = this.token();
    let answer = await ask(used);
    // Its lease has ended, or somebody has revoked it.
    if (answer.code === 403 && this.dropLogin(used)) answer = await ask(this.token());
    if (answer.code === 403) throw this.forbidden(`${place} may not be read`);
    // Also what a deleted version answers with.
    if (answer.code === 404) throw this.missing(place);
    const value = this.parsed(readAnswer, answer, place).data.data[field];
    if (typeof value !== 'string') throw this.missing(place);
    return value;
  }

  private token(): Promise<string> {
    const { token } = this.options.config;
    if (token !== undefined) return this.options.resolve(token);
    if (performance.now() > this.usedUntil) this.login = undefined;
    if (this.login) return this.login;
    const login = this.logIn();
    this.login = login;
    // One that failed is not kept.
    login.catch(() => {
      if (this.login === login) this.login = undefined;
    });
    return login;
  }

  /** Whether there is another way in than the one that was refused. */
  private dropLogin(refused: Promise<string>): boolean {
    if (!this.options.config.appRole) return false;
    // Who was refused as well has logged in meanwhile.
    if (this.login !== refused) return true;
    const now = performance.now();
    if (now < this.droppedAt + LOGIN_INTERVAL_MS) return false;
    this.droppedAt = now;
    this.login = undefined;
    return true;
  }

  private async logIn(): Promise<string> {
    const { config, resolve, onToken } = this.options;
    const { appRole } = config;
    if (!appRole) throw new Error('the store has neither token nor appRole');
    const [role_id, secret_id] = await Promise.all([
      resolve(appRole.roleId),
      resolve(appRole.secretId),
    ]);
    const askedAt = performance.now();
    const body = JSON.stringify({ role_id, secret_id });
    const answer = await this.send({ method: 'POST', path: `auth/${appRole.mount}/login`, body });
    if (answer.code === 400 || answer.code === 403) throw this.forbidden('the login is refused');
    const { client_token: token, lease_duration: seconds } = this.parsed(
      loginAnswer,
      answer,
      'the login',
    ).auth;
    onToken(token);
    // No lease is one that does not end.
    this.usedUntil = seconds === 0 ? Infinity : askedAt + seconds * 1_000 * LEASE_SHARE_USED;
    return token;
  }

  /** What it answered, whatever that is. */
  private async send(request: Pick<HttpRequest, 'method' | 'headers' | 'body'> & { path: string }) {
    const { config, http } = this.options;
    const { path, headers, ...rest } = request;
    const namespace =
      config.namespace === undefined ? {} : { 'x-vault-namespace': config.namespace };
    const outcome: HttpOutcome = await http.send({
      ...rest,
      url: `${config.url}/v1/${path}`,
      headers: { 'x-vault-request': 'true', ...namespace, ...headers },
      timeoutMs: config.timeoutMs,
      bytesMax: ANSWER_BYTES_MAX,
      signal: neverStopped,
    });
    if (outcome.status !== 'answered') throw this.unavailable(outcome.message);
    return outcome;
  }

  private parsed<S extends z.ZodType>(
    schema: S,
    { code, body }: { readonly code: number; readonly body: string },
    what: string,
  ): z.output<S> {
    if (code >= 300) throw this.unavailable(`${what} was answered with ${code}`);
    const read = schema.safeParse(parsedJson(body));
    if (!read.success) throw this.unavailable(`${what} was answered with what is no such thing`);
    return read.data;
  }

  private missing(place: string): MissingCredential {
    return new MissingCredential(`The credential ${this.options.name}:${place} is not there.`);
  }

  private forbidden(what: string): MissingCredential {
    const message = `The credential store ${this.options.name}: ${what}.`;
    return new MissingCredential(message, 'credential_forbidden');
  }

  private unavailable(what: string): MissingCredential {
    const message = `The credential store ${this.options.name} cannot be used now: ${what}.`;
    return new MissingCredential(message, 'credential_store_unavailable');
  }
}
