/** Most rows of one list, and what a page has where nobody says otherwise. */
export const LIST_MAX = 500;

export interface PageRequest {
  /** `LIST_MAX` when absent, and at most. */
  readonly limit?: number | undefined;
  /** The sequence where the page before ended: its `nextCursor`. */
  readonly cursor?: number | undefined;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Absent on the last page. */
  readonly nextCursor?: number;
}

/** How many rows to read for a page: one more than it shows tells whether there is another. */
export function rowsToRead({ limit = LIST_MAX }: PageRequest): number {
  return Math.min(limit, LIST_MAX) + 1;
}

/** The page out of the rows that were read, in the order of the list. */
export function pageOf<Row extends { readonly sequence: number }>(
  read: readonly Row[],
  request: PageRequest,
): Page<Row> {
  const rows = read.slice(0, rowsToRead(request) - 1);
  const last = rows.at(-1);
  return rows.length < read.length && last ? { rows, nextCursor: last.sequence } : { rows };
}
