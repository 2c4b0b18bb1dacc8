/** The first characters of a SHA, enough for people. */
export const shortSha = (sha: string): string => sha.slice(0, 8);
