import { Logger } from '@nestjs/common';
import { AppError } from '@signalbox/kernel';
import { execFile, type ExecFileException } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import type { Confinement } from '../gateway-config/sandbox.schema.ts';
import { programEnvironment } from './program.ts';

const PROBE_MAX_MS = 5_000;
/** Links into /usr, or folders of old, by machine. https://wiki.debian.org/UsrMerge */
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64'];
/** What programs read of the machine without learning anything of ours. */
const SYSTEM_FILES =
  'alternatives ca-certificates group ld.so.cache localtime nsswitch.conf passwd pki ssl'.split(
    ' ',
  );
const NETWORK_FILES = ['hosts', 'resolv.conf'];
const INSTALL = "install Debian's bubblewrap, 0.7 or newer, or say unsandboxed: true for it";
/** Of what is written to the folders that are only there while it runs, which are memory. */
const FILES_BYTES_MAX = 1_073_741_824;
const SHARED_MEMORY_BYTES_MAX = 67_108_864;

export interface ProgramToConfine {
  /** The program with its arguments. */
  readonly argv: readonly string[];
  readonly confinement: Confinement;
  /** What relative paths mean, and where it begins. */
  readonly folder: string;
  /** What of our own it needs to read to start at all: absolute. */
  readonly needs?: readonly string[];
  /** Of the files that it may write to `/tmp`, and as much again to its home folder. */
  readonly filesBytesMax?: number;
}

/**
 * Runs programs in bubblewrap (https://github.com/containers/bubblewrap): in namespaces of their own,
 * with the system's programs, the folders they are given and nothing else, without a network unless
 * they are given it.
 */
export class Sandbox {
  private readonly logger = new Logger(Sandbox.name);
  private told = false;
  private probed: Promise<string | undefined> | undefined;

  /** `bwrap` is a program on the PATH, or a path. */
  constructor(
    private readonly bwrap: string,
    private readonly probeMaxMs = PROBE_MAX_MS,
  ) {}

  /**
   * The words of a command line that runs the program within its confinement.
   * @throws AppError `unavailable` when it has to be confined and cannot be.
   */
  async confine(program: ProgramToConfine): Promise<readonly string[]> {
    const { argv, confinement } = program;
    if (confinement.unsandboxed === true) return argv;
    const obstacle = await this.obstacle();
    if (obstacle === undefined) return [this.bwrap, ...wordsFor(program), '--', ...argv];
    if (confinement.unsandboxed === false) {
      const message = `it may not run without a sandbox, and ${obstacle}; ${INSTALL}`;
      throw new AppError({ code: 'no_sandbox', kind: 'unavailable', message });
    }
    if (!this.told) this.logger.warn(`${obstacle}: what may do without a sandbox runs without one`);
    this.told = true;
    return argv;
  }

  /**
   * Why nothing can be confined here; absent when it can.
   * @throws AppError `unavailable` when that cannot be told now, which is asked anew the next time.
   */
  obstacle(): Promise<string | undefined> {
    this.probed ??= this.probe().catch((error: unknown) => {
      this.probed = undefined;
      throw error;
    });
    return this.probed;
  }

  private async probe(): Promise<string | undefined> {
    const confinement = { sandbox: { read: [], write: [], network: false }, unsandboxed: false };
    const words = wordsFor({ argv: [], confinement, folder: '/' });
    try {
      // With the PATH that programs are started with.
      await promisify(execFile)(this.bwrap, [...words, '--', 'true'], {
        timeout: this.probeMaxMs,
        env: programEnvironment({}),
      });
      return undefined;
    } catch (error) {
      const { code, stderr, killed } = error as ExecFileException & { readonly stderr?: string };
      // A machine that is busy is no machine without a sandbox.
      if (killed) {
        const message = `${this.bwrap} has not shown within ${this.probeMaxMs} ms that it works`;
        throw new AppError({ code: 'no_sandbox', kind: 'unavailable', message });
      }
      const why =
        code === 'ENOENT' ? 'is not installed' : `says: ${stderr?.trim() || String(error)}`;
      return `${this.bwrap} ${why}`;
    }
  }
}

function wordsFor(program: ProgramToConfine): readonly string[] {
  const { confinement, folder, needs = [], filesBytesMax = FILES_BYTES_MAX } = program;
  const { read, write, network } = confinement.sandbox;
  const files = [...SYSTEM_FILES, ...(network ? NETWORK_FILES : [])];
  const apart = ['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'];
  const own = [
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...inMemory('/dev/shm', SHARED_MEMORY_BYTES_MAX),
  ];
  return [
    ...(network ? [...apart, '--share-net'] : apart),
    ...bound('--ro-bind', '/usr'),
    ...SYSTEM_FOLDERS.flatMap(systemFolder),
    ...files.flatMap((name) => bound('--ro-bind-try', `/etc/${name}`)),
    ...own,
    ...inMemory('/tmp', filesBytesMax),
    ...homeFolder(filesBytesMax),
    '--dir',
    folder,
    ...[process.execPath, ...needs].flatMap((path) => bound('--ro-bind', path)),
    ...read.flatMap((path) => bound('--ro-bind', resolve(folder, path))),
    ...write.flatMap((path) => bound('--bind', made(path, folder))),
    // What bubblewrap itself has made of memory has no limit.
    ...['/', '/dev'].flatMap((path) => ['--remount-ro', path]),
    '--chdir',
    folder,
  ];
}

const inMemory = (path: string, bytesMax: number) => ['--size', `${bytesMax}`, '--tmpfs', path];

/** Programs keep what they fetch there; where it is within the system's own folders they cannot. */
function homeFolder(bytesMax: number): readonly string[] {
  const home = homedir();
  const named = ['--setenv', 'HOME', home];
  const isWithin = (path: string) => home === path || home.startsWith(`${path}/`);
  if (isWithin('/tmp')) return [...named, '--dir', home];
  const taken = ['/usr', '/etc', '/proc', '/dev', ...SYSTEM_FOLDERS];
  return home === '/' || taken.some(isWithin) ? named : [...named, ...inMemory(home, bytesMax)];
}

const bound = (how: string, path: string) => [how, path, path];

function systemFolder(path: string): readonly string[] {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink()) return ['--symlink', readlinkSync(path), path];
  return bound('--ro-bind-try', path);
}

/** What is to be written to has to be there: a folder if its name ends in a slash, else a file. */
function made(path: string, folder: string): string {
  const place = resolve(folder, path);
  if (existsSync(place)) return place;
  mkdirSync(path.endsWith(sep) ? place : dirname(place), { recursive: true });
  if (!path.endsWith(sep)) writeFileSync(place, '', { flag: 'a' });
  return place;
}
