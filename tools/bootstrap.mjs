// Runs on whatever Node the host has (20 or newer) before anything is installed: plain JavaScript,
// no dependencies. Everything after it runs on the Node that package.json pins.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, 'node_modules', '.bin');
const stamp = join(root, 'node_modules', '.signalbox-lock-digest');
const nodeMajorMin = 24;

/** Installs the locked packages unless this very lock file was installed here before. */
export function install() {
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  console.log('signalbox: installing packages (once, about a minute)');
  // Not `npm ci`: it refuses a lock file that lacks the optional packages of another platform,
  // and a registry that mirrors only some platforms cannot write any other.
  runOrExit('npm', ['install', '--no-save', '--loglevel=error'], process.env);
  writeFileSync(stamp, digest);
}

/** Runs `command` of the pinned tools to its end; ends this process when it fails. */
export function run(command, args) {
  runOrExit(command, args, environment());
}

/** Becomes `node args`: hands signals and the exit code through. */
export function become(args) {
  const child = spawn(node(), args, { cwd: root, stdio: 'inherit', env: environment() });
  // A terminal signals the whole group; the child decides when all is stopped, so wait for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

function runOrExit(command, args, env) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (error) console.error(`signalbox: ${command} could not be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** The pinned Node; the host's own where no build is packaged for this platform but it is new enough. */
function node() {
  const pinned = join(bin, 'node');
  if (existsSync(pinned)) return pinned;
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= nodeMajorMin) return process.execPath;
  console.error(
    `signalbox: no Node ${nodeMajorMin} is packaged for ${process.platform}-${process.arch}, ` +
      `and this one is ${process.version}; install Node ${nodeMajorMin}`,
  );
  process.exit(1);
}

function environment() {
  return {
    ...process.env,
    PATH: `${dirname(node())}${delimiter}${bin}${delimiter}${process.env.PATH}`,
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
}
