import { rm } from 'node:fs/promises';
import { sumOf } from './ledger.ts';

/**
 * After the last scenario. When all of them ran, each slot's canary has to have reached its peer.
 * @param {import('@jest/types').Config.GlobalConfig} config
 */
export default async function tearDown(config) {
  const folder = process.env.SIGNALBOX_CANARY_LEDGER ?? '';
  const { unused, ...figures } = await sumOf(folder);
  await rm(folder, { recursive: true, force: true });
  const { platforms, places, megabytes, cpuMsPerPlatform } = figures;
  console.log(
    `canaries: ${platforms} platforms, ${places} places with ${megabytes} MB looked at, ` +
      `${cpuMsPerPlatform} ms of CPU for each platform`,
  );
  const { testPathPatterns, testNamePattern, shard, onlyChanged, onlyFailures } = config;
  const isPart = testPathPatterns.patterns.length > 0 || testNamePattern || shard;
  if (isPart || onlyChanged || onlyFailures || unused.length === 0) return;
  throw new Error(`credentials that never reached their peers: ${unused.join(', ')}`);
}
