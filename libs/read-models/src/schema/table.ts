/** The types of Postgres that we use, and what they are here. */
interface ColumnTypes {
  text: string;
  bigint: number;
  integer: number;
  'double precision': number;
  boolean: boolean;
  timestamptz: Date;
  /** Anything that JSON can say. */
  jsonb: unknown;
}
type TypeName = keyof ColumnTypes;
/** `text` or, where it may be null, `text?`. */
export type ColumnType = TypeName | `${TypeName}?`;

type ValueOf<T extends ColumnType> = T extends `${infer Name extends TypeName}?`
  ? ColumnTypes[Name] | null
  : T extends TypeName
    ? ColumnTypes[T]
    : never;

export interface Table<
  Columns extends Readonly<Record<string, ColumnType>> = Readonly<Record<string, ColumnType>>,
> {
  readonly name: string;
  readonly key: readonly (keyof Columns & string)[];
  readonly columns: Columns;
  /** True when no row ever comes a second time. */
  readonly appendOnly?: boolean;
}

export type RowOf<T extends Table> = {
  readonly [Column in keyof T['columns']]: ValueOf<T['columns'][Column]>;
};

/** What identifies a row. */
export type KeyOf<T extends Table> = Pick<RowOf<T>, T['key'][number]>;

export function defineTable<
  const Columns extends Readonly<Record<string, ColumnType>>,
  const Key extends keyof Columns & string,
>(options: Table<Columns> & { readonly key: readonly Key[] }) {
  return options;
}

/** The name of the type in SQL, without our mark for null. */
export function sqlType(type: ColumnType): string {
  return type.replace('?', '');
}
