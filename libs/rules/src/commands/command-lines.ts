import { argumentsOf, type OptionNames } from './arguments.ts';
import { absolutePath } from './paths.ts';
import { shellCommands, type ShellWord } from './shell-words.ts';

/** Of one command that is named often in one line. */
const MENTIONS_MAX = 32;
/** Of those behind `ssh` that may say where it goes. */
const SSH_WORDS_MAX = 256;
/** More than the longest name below, so that what stands before it is seen. */
const NAME_CHARS = 8;
/** The name of a command whose options are known, by itself or behind a path, `x=`, `@` or `-`. */
const NAME = /(?:^-?|[/=:({[,@!])(rm|ssh|chmod|chown|chgrp)$/;

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
  for (const { words, plain } of shellCommands(text)) {
    const [first, second] = words;
    if (!plain) lines.push(words.map((word) => word.text).join(' '));
    if (first?.text === 'cd' || first?.text === 'pushd')
      folder = absolutePath(second?.text ?? '~', folder);
    lines.push(...knownIn(words, folder));
  }
  return lines;
}

function knownIn(words: readonly ShellWord[], folder: string | undefined): string[] {
  const lines: string[] = [];
  const mentions = new Map<string, number>();
  words.forEach(({ text }, at) => {
    const [, name = ''] = NAME.exec(text.slice(-NAME_CHARS).toLowerCase()) ?? [];
    const options = onPaths[name];
    if (name === '' || (text.startsWith('-') && at > 0)) return;
    const before = mentions.get(name) ?? 0;
    mentions.set(name, before + 1);
    // Behind the first command on paths stands all that stands behind a later one.
    if (before >= (options ? 1 : MENTIONS_MAX)) return;
    const end = options ? words.length : at + 1 + SSH_WORDS_MAX;
    const rest = words.slice(at + 1, end).flatMap((word) => (word.redirect ? [] : word.text));
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
  return absolutePath(path, folder) ?? (path.startsWith('-') ? `./${path}` : path);
}

/** Also the hosts on the way, which are logged in to as well. */
function sshLines(words: readonly string[]): string[] {
  const { values, operands } = argumentsOf(words, sshOptions);
  const [target] = operands;
  const named = (letter: string) =>
    values.flatMap((value) => (value[0] === letter ? value[1] : []));
  const settings = named('o').map((setting) => setting.split(/\s*[=\s]\s*/, 2));
  const set = (name: string) =>
    settings.flatMap(([key = '', value = '']) => (key.toLowerCase() === name ? value : []));
  const hops = [...named('J'), ...set('proxyjump')].flatMap((hosts) => hosts.split(','));
  const address = (target ?? '').replace(/^ssh:\/\//i, '');
  const user = address.slice(0, Math.max(address.lastIndexOf('@'), 0)).split(/[:;]/)[0] ?? '';
  const host = address.slice(address.lastIndexOf('@') + 1);
  const users = [...named('l'), ...set('user'), user].filter((name) => name !== '');
  const login = users.find((name) => name.toLowerCase() === 'root') ?? users[0];
  const to = login === undefined ? host : `${login}@${host}`;
  return [...hops, to].filter((place) => place !== '').map((place) => `ssh ${place}`);
}
