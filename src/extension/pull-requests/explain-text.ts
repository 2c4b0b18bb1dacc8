import type { PrEnvironment } from '../../core/pr-environments/environment.ts';
import { lackTexts } from '../../core/pr-environments/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { plainText } from '../../core/text.ts';
import type { Row } from './rows.ts';
import { labelOf, stateText } from './state.ts';

/** What the newest record says beyond the lines. */
export interface Recorded {
  /** Names of its files that a person may want to read. */
  files: readonly string[];
  /** How it ended; null where it ended well. */
  message: string | null;
  /** Modules that hold credentials or send things, and that no neutralisation covers. */
  uncovered: readonly { module: string; reason: string }[];
}

/** The lines, what ran them, and the files of the record where the rest stands; its names are links in the document. */
export function explainText(row: Row, environment: PrEnvironment, { files, message, uncovered }: Recorded): string {
  const { lines, sha, url, lacks, evidence, engine } = environment;
  return [
    `# ${labelOf(row)}: ${stateText(row)}`,
    '',
    `- branch ${plainText(row.branch)}${sha === null ? '' : ` at ${shortSha(sha)}`}, ${engine}`,
    ...(url === '' ? [] : [`- ${url}`]),
    ...(message === null ? [] : [`- ${plainText(message)}`]),
    '',
    '## What its log says',
    ...(lines.length === 0
      ? [environment.state === 'failed' ? 'Nothing of it is known here: follow its log.' : 'Nothing that is wrong.']
      : ['```', ...lines.map(plainText), '```']),
    '',
    ...(uncovered.length === 0
      ? []
      : ['## Look at', ...uncovered.map(({ module, reason }) => `- ${plainText(module)}: ${plainText(reason)}`), '']),
    ...(files.length === 0 ? [] : ['## Where the rest stands', ...files.map((file) => `- ${file}`), '']),
    ...(evidence === null ? [] : [`Evidence: ${evidence}`, '']),
    ...(lacks.length === 0 ? [] : ['## What this engine cannot give', ...lackTexts(lacks).map((text) => `- ${text}`), '']),
  ].join('\n');
}
