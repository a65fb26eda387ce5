import type { SignatureScheme } from './signature/signature-scheme.ts';

/** What is configured for one source. */
export interface Source {
  readonly name: string;
  /** The format of its bodies, when that is not to be told from them. */
  readonly format?: string | undefined;
  /** With one its requests must be signed, and need no API key. */
  readonly signature?: SignatureScheme | undefined;
}

/** The configured sources. Any other may send too, with the API key. */
export class Sources {
  private readonly byName: ReadonlyMap<string, Source>;

  constructor(sources: readonly Source[]) {
    this.byName = new Map(sources.map((source) => [foldedName(source.name), source]));
  }

  named(name: string): Source | undefined {
    return this.byName.get(foldedName(name));
  }
}

/** Rules and people see a source in capitals, so names that look the same there are the same. */
export function foldedName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}
