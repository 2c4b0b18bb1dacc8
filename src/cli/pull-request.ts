import { InvalidArgumentError } from 'commander';

/** An argument: `12` or `#12`. */
export function pullRequestNumber(word: string): number {
  const number = Number(word.replace(/^#/, ''));
  if (Number.isInteger(number) && number > 0 && number < 2 ** 31) return number;
  throw new InvalidArgumentError('Expected the number of a pull request, such as 12.');
}

/** The command line has what its environment has: GITHUB_TOKEN or GH_TOKEN. */
export const TOKEN = { gitHubToken: null };
