import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianRoot } from './debian-root.ts';
import { startPeer, type Peer } from './peer-process.ts';

export interface PrometheusOptions {
  /** Of its own; made by it. */
  readonly home: string;
  readonly port: number;
  /** `host:port` of what it scrapes, and of each Alertmanager that it tells. */
  readonly target: string;
  readonly alertmanagers?: readonly string[];
  readonly rule?: {
    readonly alert: string;
    readonly expr: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
}

/** Debian's Prometheus, which looks every second. */
export async function startPrometheus(options: PrometheusOptions): Promise<Peer> {
  const { home, port, rule } = options;
  const root = await debianRoot('prometheus');
  await mkdir(home);
  const config = join(home, 'config.yml');
  await writeFile(config, JSON.stringify(configOf(options)));
  await writeFile(
    join(home, 'rules.yml'),
    JSON.stringify({ groups: rule ? [{ name: 'spec', rules: [rule] }] : [] }),
  );
  const command = [
    join(root, 'usr', 'bin', 'prometheus'),
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(home, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    // An Alertmanager takes one for over that it did not hear of again for four times as long.
    '--rules.alert.resend-delay=15s',
  ];
  return startPeer('prometheus', command, 'Server is ready');
}

/** As YAML, which JSON is. https://prometheus.io/docs/prometheus/latest/configuration/configuration/ */
function configOf({ target, alertmanagers = [] }: PrometheusOptions) {
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
    scrape_configs: [{ job_name: 'spec', static_configs: [{ targets: [target] }] }],
  };
}
