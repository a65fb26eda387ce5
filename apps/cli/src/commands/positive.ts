import { InvalidArgumentError } from 'commander';

/** A number of the command line that counts something. */
export function positive(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It is not a whole number from 1 on.');
}
