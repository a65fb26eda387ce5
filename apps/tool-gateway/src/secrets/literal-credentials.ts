const CREDENTIAL_NAME = /token|secret|passw|api[_-]?key|authorization|credential|private[_-]?key/i;
const VALUE_CHARACTERS_MIN = 8;

export interface LiteralCredential {
  /** As `upstreams.files.stdio.env.token`. */
  readonly field: string;
  readonly value: string;
}

/** The variables and headers in `config` that hold by their name a credential, itself and no reference. */
export function literalCredentials(config: unknown, at = ''): readonly LiteralCredential[] {
  if (config === null || typeof config !== 'object') return [];
  return Object.entries(config).flatMap(([name, value]: [string, unknown]) => {
    const field = at === '' ? name : `${at}.${name}`;
    if (typeof value !== 'string') return literalCredentials(value, field);
    const counts =
      /(^|\.)(env|headers)$/.test(at) &&
      CREDENTIAL_NAME.test(name) &&
      value.length >= VALUE_CHARACTERS_MIN;
    return counts ? [{ field, value }] : [];
  });
}

/** What a peer may repeat of it: all, or what follows the scheme in `Bearer …`. */
export function partsOf({ value }: LiteralCredential): readonly string[] {
  return [value, value.replace(/^\S+\s+/, '')].filter(
    (part) => part.length >= VALUE_CHARACTERS_MIN,
  );
}
