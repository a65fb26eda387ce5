import type { KeyOf, RowOf, Table } from '../schema/table.ts';

type Row = Readonly<Record<string, unknown>>;

/** What an event does to one row. */
export interface Change {
  readonly table: Table;
  readonly key: string;
  /** True for a whole row that replaces what was there; false for columns of a row that is there. */
  readonly whole: boolean;
  readonly row: Row;
}

/** A whole row; replaces one with the same key. */
export function insert<const T extends Table>(table: T, row: RowOf<T>): Change {
  return { table, key: keyOf(table, row), whole: true, row };
}

/** For columns of a row that is there. None can go back to null. */
export type NewValues<T extends Table> = {
  readonly [Column in keyof RowOf<T>]?: NonNullable<RowOf<T>[Column]>;
};

/** New values for columns of a row that an earlier event made. */
export function update<const T extends Table>(
  table: T,
  key: KeyOf<T>,
  columns: NewValues<T>,
): Change {
  return { table, key: keyOf(table, key), whole: false, row: { ...columns, ...key } };
}

/** What a batch does to one table: each row at most once. */
export interface TableChanges {
  readonly table: Table;
  readonly inserted: readonly Row[];
  readonly updated: readonly Row[];
}

/** The changes in their order made one per row, so that they can be written as sets. */
export function merge(changes: Iterable<Change>): readonly TableChanges[] {
  const byTable = new Map<Table, Map<string, Change>>();
  for (const change of changes) {
    let rows = byTable.get(change.table);
    if (!rows) byTable.set(change.table, (rows = new Map()));
    const before = change.whole ? undefined : rows.get(change.key);
    rows.set(change.key, before ? { ...before, row: { ...before.row, ...change.row } } : change);
  }
  return [...byTable].map(([table, rows]) => {
    const all = [...rows.values()];
    return {
      table,
      inserted: all.filter((c) => c.whole).map((c) => c.row),
      updated: all.filter((c) => !c.whole).map((c) => c.row),
    };
  });
}

function keyOf(table: Table, row: Row): string {
  const [only, ...more] = table.key;
  return more.length === 0
    ? String(row[only ?? ''])
    : table.key.map((column) => String(row[column])).join('\n');
}
