import { argumentsOf, type OptionNames } from './arguments.ts';
import { absolutePath } from './paths.ts';
import { shellCommands, type ShellWord } from './shell-words.ts';

/** Of one command that is named often in one line. */
const MENTIONS_MAX = 32;
/** Of those behind `ssh` that may say where it goes. */
const SSH_WORDS_MAX = 256;
/** More than the longest name below, so that what stands before it is seen. */
const NAME_CHARS = 12;
/** The name of a command whose options are known, by itself or behind a path, `x=`, `@` or `-`. */
const NAME = /(?:^-?|[/=:({[,@!])(rm|(?:ssh|slogin)(?:\.exe)?|chmod|chown|chgrp)$/;
/** What `env` and `sudo` are told of the folder: `-C /`, `-D/`, `--chdir=/`. */
const CHDIR = /^(?:-[CD]|--chdir(?:=|$))(.*)$/;
/** Of a list in a list of words, as in `spawn('rm', ['-rf', '/'])`. */
const LIST = /^\[+(?=[-/])/;
/** Words of prose between `ssh` and a host. */
const PROSE = /^(?:in)?to$/i;
/** The folder that a command runs in, in small letters. */
const PWD = /^\$(?:pwd|\{pwd\})(?=\/|$)/;

const change = { recursive: 'r', verbose: 'v', silent: 'f', quiet: 'f' };
/** Commands that work on paths, and are spelled `name -flags /paths`. */
const onPaths: Readonly<Record<string, OptionNames>> = {
  rm: { long: { recursive: 'r', force: 'f', dir: 'd', interactive: 'i', verbose: 'v' } },
  chmod: { long: change },
  chown: { long: change },
  chgrp: { long: change },
};

/** https://man.openbsd.org/ssh: the options that take a value. */
const sshOptions: OptionNames = { valued: 'BbcDEeFIiJLlmOoPpQRSWw', operandsMax: 2 };

/**
 * The commands in a text in one spelling, a line each, so that a rule needs to know no other: those
 * that quotes, escapes or variables disguise, and wherever they stand, in prose too, those whose
 * options are known here. Their flags are single letters in their order, paths are normal and
 * `ssh` has its user before the host: `rm -f -r /`, `ssh root@h`.
 */
export function commandLines(text: string): readonly string[] {
  const lines: string[] = [];
  let folder: string | undefined;
  const left: (string | undefined)[] = [];
  for (const { words, plain } of shellCommands(text)) {
    if (!plain) lines.push(words.map((word) => word.text).join(' '));
    folder = folderBehind(words, folder, left);
    lines.push(...knownIn(words, folder));
  }
  return lines;
}

/** The folder that a command leads to; `left` are those that `popd` goes back to. */
function folderBehind(
  words: readonly ShellWord[],
  folder: string | undefined,
  left: (string | undefined)[],
): string | undefined {
  const name = words[0]?.text;
  if (name === 'popd' && left.length > 0) return left.pop();
  if (name !== 'cd' && name !== 'pushd') return folder;
  if (name === 'pushd') left.push(folder);
  const to = words.find(({ text }, at) => at > 0 && !/^-./.test(text));
  return absolutePath(to?.text ?? '~', folder);
}

function knownIn(words: readonly ShellWord[], from: string | undefined): string[] {
  let folder = from;
  const lines: string[] = [];
  const mentions = new Map<string, number>();
  words.forEach(({ text }, at) => {
    const [, to] = CHDIR.exec(text) ?? [];
    if (to !== undefined)
      folder = absolutePath(to || (words[at + 1]?.text ?? ''), folder) ?? folder;
    const [, name = ''] = NAME.exec(text.slice(-NAME_CHARS).toLowerCase()) ?? [];
    const options = onPaths[name];
    if (name === '' || (text.startsWith('-') && at > 0)) return;
    const before = mentions.get(name) ?? 0;
    mentions.set(name, before + 1);
    // Behind the first command on paths stands all that stands behind a later one.
    if (before >= (options ? 1 : MENTIONS_MAX)) return;
    const end = options ? words.length : at + 1 + SSH_WORDS_MAX;
    const rest = words
      .slice(at + 1, end)
      .flatMap((word) => (word.redirect ? [] : word.text.replace(LIST, '')));
    lines.push(...(options ? [pathLine(name, rest, options, folder)] : sshLines(rest)));
  });
  return lines;
}

function pathLine(
  name: string,
  words: readonly string[],
  options: OptionNames,
  folder: string | undefined,
): string {
  const lower = words.map((word) => word.toLowerCase());
  const { flags, operands } = argumentsOf(lower, options);
  const sorted = [...flags].toSorted().map((flag) => `-${flag}`);
  return [name, ...sorted, ...operands.map((path) => operandOf(path, folder))].join(' ');
}

/** A name that begins like an option but stands behind `--` is made to look like none. */
function operandOf(path: string, folder: string | undefined): string {
  return (
    absolutePath(path.replace(PWD, '.'), folder) ?? (path.startsWith('-') ? `./${path}` : path)
  );
}

/** Also the hosts on the way, which are logged in to as well. The first user that is named counts. */
function sshLines(words: readonly string[]): string[] {
  const rest = PROSE.test(words[0] ?? '') ? words.slice(1) : words;
  const { values, operands } = argumentsOf(rest, sshOptions);
  const { values: before } = argumentsOf(rest, { ...sshOptions, operandsMax: 1 });
  const settings = values.map(sshSetting);
  const address = (operands[0] ?? '').replace(/^ssh:\/\//i, '');
  const user = address.slice(0, Math.max(address.lastIndexOf('@'), 0)).split(/[:;]/)[0] ?? '';
  const host = address.slice(address.lastIndexOf('@') + 1);
  const users = settings.map(([key, value]) => (key === 'user' ? value : ''));
  const login = users.toSpliced(before.length, 0, user).find((name) => name !== '');
  const hops = settings.flatMap(([key, value]) => (key === 'proxyjump' ? value.split(',') : []));
  const to = login === undefined ? host : `${login}@${host}`;
  return [...hops, to].filter((place) => place !== '').map((place) => `ssh ${place}`);
}

function sshSetting([letter, value]: readonly [string, string]): readonly [string, string] {
  if (letter === 'l') return ['user', value];
  if (letter === 'J') return ['proxyjump', value];
  const [key = '', set = ''] = value.replaceAll('"', '').split(/\s*[=\s]\s*/, 2);
  return letter === 'o' ? [key.toLowerCase(), set] : ['', ''];
}
