import { CERTIFICATE } from '@signalbox/testing';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { newValue } from './canary.ts';
import { fillGateway, type GatewayFile } from './fill-gateway.ts';
import { keptSlots } from './kept-secrets.ts';
import { credentialSlots, secretSettings } from './slots.ts';
import { inStores, SIGNING_SLOT, Vendor } from './vendor.ts';
import type { CanaryWatch } from './watch.ts';

type Env = Readonly<Record<string, string>>;

const sample = join(import.meta.dirname, '../../deploy');
/** A slot whose reference leads into a file. */
const IN_FILE = 'prometheus.headers.*';
/** The variable with the canary of a slot of the gateway or of the sources. */
export const variableOf = (slot: string): string =>
  `CANARY_${slot.replace(/[^A-Za-z]+/g, '_').toUpperCase()}`;
export const referenceTo = (slot: string): string => inStores[slot] ?? `env:${variableOf(slot)}`;

/** Configuration with a canary in every slot, and the peers that they are for. */
export class FilledSlots {
  /** What it adds to the settings that it was made for, and puts in their place. */
  readonly env: Env;
  readonly vendor: Vendor;
  readonly #folder: string;

  private constructor(env: Env, vendor: Vendor, folder: string) {
    this.env = env;
    this.vendor = vendor;
    this.#folder = folder;
  }

  /** @param given settings; a credential among them is a canary from then on. */
  static async of(given: Env, watch: CanaryWatch): Promise<FilledSlots> {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-canaries-'));
    const vendor = await Vendor.start(watch);
    const variables = await fillVariables(vendor, watch);
    const file = join(folder, 'key');
    await writeFile(file, watch.put(IN_FILE, newValue()), { mode: 0o600 });
    for (const slot of [...Object.keys(inStores), 'login of a store']) watch.put(slot, newValue());
    const reference = (slot: string) => (slot === IN_FILE ? `file:${file}` : referenceTo(slot));
    const env = {
      ...variables,
      ...fillSettings(given, watch),
      SIGNALBOX_SOURCES: await writeSources(folder),
      SIGNALBOX_GATEWAY_CONFIG: await writeGateway(given, { folder, vendor, reference }),
    };
    return new FilledSlots(env, vendor, folder);
  }

  async forget(): Promise<void> {
    await this.vendor.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function fillVariables(vendor: Vendor, watch: CanaryWatch): Promise<Env> {
  const around: Readonly<Record<string, () => string>> = {
    'notifications.channels.*.slack.webhook': () => `${vendor.urlOf('slack')}/${newValue('')}`,
    'notifications.channels.*.smtp.ca': () => `${newValue()}\n${CERTIFICATE}`,
    'sources.*.basic.secrets': () => `user:${newValue()}`,
    'sources.*.standard-webhooks.secrets': signingSecret,
    [SIGNING_SLOT]: signingSecret,
  };
  const elsewhere = new Set<string>([...secretSettings, ...Object.keys(inStores), IN_FILE]);
  const inVariables = [...(await credentialSlots())].filter(
    (slot) => !elsewhere.has(slot) && !slot.startsWith('NATS user '),
  );
  return Object.fromEntries(
    inVariables.map((slot) => [variableOf(slot), watch.put(slot, (around[slot] ?? newValue)())]),
  );
}

const signingSecret = () => `whsec_${Buffer.from(newValue('')).toString('base64')}`;

/** Model keys name no provider: whoever wants a model says which. */
function fillSettings(given: Env, watch: CanaryWatch): Env {
  const env: Record<string, string> = {};
  for (const name of secretSettings) {
    const own = given[name];
    const value = name.endsWith('_URL') ? passwordIn(own) : own;
    if (value) watch.put(name, value);
    if (own !== undefined || keptSlots.includes(name)) continue;
    env[name] = watch.put(name, newValue());
  }
  const hasModel = Object.keys(given).some((name) => /_MODEL(_BASE_URL|_PROVIDER)?$/.test(name));
  return hasModel ? env : { ...env, SIGNALBOX_MODEL_PROVIDER: 'offline' };
}

function passwordIn(url = ''): string {
  return decodeURIComponent(URL.parse(url)?.password ?? '');
}

async function writeSources(folder: string): Promise<string> {
  const slots = [...(await credentialSlots())].filter((slot) => slot.startsWith('sources.'));
  const sources = slots.map((slot) => {
    const [, scheme = ''] = /^sources\.\*\.(.+)\.secrets$/.exec(slot) ?? [];
    const rest = scheme === 'hmac' ? { header: 'X-Signature' } : {};
    return [`canary-${scheme}`, { signature: { scheme, secrets: [referenceTo(slot)], ...rest } }];
  });
  const file = join(folder, 'sources.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({ sources: Object.fromEntries(sources) }));
  return file;
}

async function writeGateway(
  given: Env,
  { folder, ...from }: { folder: string } & Parameters<typeof fillGateway>[1],
): Promise<string> {
  const own = given['SIGNALBOX_GATEWAY_CONFIG'];
  // Its relative paths mean the folder that it is in.
  const base = own ?? join(folder, 'deploy', 'gateway.yaml');
  if (own === undefined) await cp(sample, dirname(base), { recursive: true });
  const file = join(dirname(base), 'gateway-with-canaries.yaml');
  const config = parse(await readFile(base, 'utf8')) as GatewayFile;
  await writeFile(file, JSON.stringify(fillGateway(config, from)));
  return file;
}
