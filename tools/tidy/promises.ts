import { isSpec, type Check } from './workspace.ts';

const id = /\b(SIG|RUL|RTE|AGT|APR|AUT|GTW|MCP|AUD|RPL|CTL|OPS|CON|CLI|ENV|GRF|OBS|DEP)-\d+\b/g;
const title = /\b(?:it|test|describe)(?:\.each\([^)]*\))?\(\s*[`'"]([^`'"]*)/g;

/** Every promise listed as built has a test that cites it, and every cited promise is listed. */
export const promises: Check = (files) => {
  const list = files.find(({ path }) => path === 'e2e/requirements.ts');
  if (!list) return ['e2e/requirements.ts: is missing'];
  const listed = new Set(
    [...list.text.matchAll(/^  '([A-Z]+-\d+)':/gm)].map((match) => match[1] ?? ''),
  );
  const cited = new Map<string, string>();
  for (const { path, text } of files.filter((file) => isSpec(file.path)))
    for (const [, words = ''] of text.matchAll(title))
      for (const [promise] of words.matchAll(id)) cited.set(promise, path);
  return [
    ...[...listed]
      .filter((p) => !cited.has(p))
      .map((p) => `e2e/requirements.ts: no test cites ${p}`),
    ...[...cited]
      .filter(([p]) => !listed.has(p))
      .map(([p, path]) => `${path}: cites ${p}, which is not listed`),
  ];
};
