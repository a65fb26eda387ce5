/**
 * The clause `WHERE …` of all conditions that have a value, and the values that it takes.
 * @param conditions the beginning of each, such as `status =`, which is never a user's text.
 */
export function whereAll(conditions: readonly (readonly [condition: string, value: unknown])[]): {
  readonly where: string;
  readonly values: readonly unknown[];
} {
  const given = conditions.filter(([, value]) => value !== undefined);
  const clause = given.map(([condition], i) => `${condition} $${i + 1}`).join(' AND ');
  return { where: clause && `WHERE ${clause}`, values: given.map(([, value]) => value) };
}
