import type { NatsConnection } from '@nats-io/transport-node';
import { FilledSlots } from './filled-slots.ts';
import { seeFiles, seeMessages, seeStreams, seeTables } from './kept.ts';
import { ledgerFolder } from './ledger.config.ts';
import { record } from './ledger.ts';
import type { Vendor } from './vendor.ts';
import { watch } from './watch.ts';

type Env = Readonly<Record<string, string>>;

const ofFolders = new Map<string, Canaried>();

/** The canaries of one state folder, from its first start until it is forgotten. */
export class Canaried {
  readonly #folder: string;
  readonly #slots: FilledSlots;

  private constructor(folder: string, slots: FilledSlots) {
    this.#folder = folder;
    this.#slots = slots;
  }

  /** The same for the same folder, whatever the settings of its later starts. */
  static async of(folder: string, given: Env): Promise<Canaried> {
    const known = ofFolders.get(folder);
    if (known) return known;
    const slots = await watch.timed(() => FilledSlots.of(given, watch));
    const canaried = new Canaried(folder, slots);
    ofFolders.set(folder, canaried);
    return canaried;
  }

  /** The settings, with a canary in every slot. */
  envWith(given: Env): Env {
    return { ...given, ...this.#slots.env };
  }

  /** Everybody whom the gateway has a credential for. */
  get vendor(): Vendor {
    return this.#slots.vendor;
  }

  /** What passes over NATS from now on. */
  listen(connection: NatsConnection): void {
    seeMessages(connection, watch.see);
  }

  /** What the servers keep. Before they are stopped. */
  async lookAt(connection: NatsConnection, databaseUrl?: string): Promise<void> {
    await watch.timed(async () => {
      await seeStreams(connection, watch.see);
      if (databaseUrl !== undefined) await seeTables(databaseUrl, watch.see);
    });
  }

  /**
   * What is in its files. When everything is stopped.
   * @throws Error that names each canary that was found anywhere, and the place.
   */
  async conclude(): Promise<void> {
    ofFolders.delete(this.#folder);
    await watch.timed(() => seeFiles(this.#folder, watch.see));
    await this.#slots.forget();
    const report = watch.takeReport();
    await record(ledgerFolder, report);
    if (report.found.length === 0) return;
    throw new Error(
      `credentials outside of their slots, in ${this.#folder}:\n${report.found.join('\n')}`,
    );
  }

  /** Both, where the servers outlive what runs on them. */
  async concludeOn(connection: NatsConnection, databaseUrl?: string): Promise<void> {
    await this.lookAt(connection, databaseUrl);
    await this.conclude();
  }
}
