/** The code of a command that was asked to tell, and found, a difference. No error has it. */
export const DIFFERENCES = 10;

/** The code of a command that watched a run to an end that is not its goal. No error has it. */
export const NOT_COMPLETED = 11;

/** Thrown by a command that went well and ends with another code than 0, which says something. */
export class ExitCode extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}
