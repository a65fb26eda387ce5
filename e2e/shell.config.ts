const { PATH = '', HOME = '' } = process.env;

/** What a user's shell has, so that no setting of a test leaks into what it starts. */
export const shell = { PATH, HOME };
