import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianRoot, startPeer, type Peer } from '@signalbox/testing';

export interface AlertmanagerOptions {
  /** Of its own; made by it. */
  readonly home: string;
  readonly port: number;
  /** Where it posts what fires and what is over. */
  readonly webhookUrl: string;
  readonly apiKey: string;
}

/**
 * Debian's Alertmanager, which repeats what fires every few seconds. It finds its templates at a
 * fixed path under `/`, so it gets a root of its own.
 */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Peer> {
  const { home, port } = options;
  await cp(await debianRoot('prometheus-alertmanager', 'libc6'), home, {
    recursive: true,
    verbatimSymlinks: true,
  });
  await mkdir(join(home, 'data'));
  await writeFile(join(home, 'config.yml'), JSON.stringify(configOf(options)));
  const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  const command = [
    'unshare',
    ...asRoot,
    `--root=${home}`,
    '/usr/bin/prometheus-alertmanager',
    '--config.file=/config.yml',
    '--storage.path=/data',
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  return startPeer('prometheus-alertmanager', command, 'Listening on');
}

/** As YAML, which JSON is. https://prometheus.io/docs/alerting/latest/configuration/ */
function configOf({ webhookUrl: url, apiKey: credentials }: AlertmanagerOptions) {
  const authorization = { type: 'Bearer', credentials };
  return {
    route: {
      receiver: 'signalbox',
      group_by: ['alertname'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '1s',
    },
    receivers: [{ name: 'signalbox', webhook_configs: [{ url, http_config: { authorization } }] }],
  };
}
