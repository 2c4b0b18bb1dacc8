import type { PrEnvironment } from '../../core/pr-environments/environment.ts';
import { LACKS } from '../../core/pr-environments/text.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import { plainText } from '../../core/text.ts';
import type { Row } from './rows.ts';
import { labelOf, stateText } from './state.ts';

/** The lines, what ran them, and the files of the record where the rest stands; its names are links in the document. */
export function explainText(row: Row, environment: PrEnvironment, files: readonly string[], message: string | null): string {
  const { lines, sha, url, lacks, evidence, engine } = environment;
  return [
    `# ${labelOf(row)}: ${stateText(row)}`,
    '',
    `- branch ${plainText(row.branch)}${sha === null ? '' : ` at ${shortSha(sha)}`}, ${engine}`,
    ...(url === '' ? [] : [`- ${url}`]),
    ...(message === null ? [] : [`- ${plainText(message)}`]),
    '',
    '## What its log says',
    ...(lines.length === 0 ? ['Nothing that is wrong.'] : ['```', ...lines.map(plainText), '```']),
    '',
    ...(files.length === 0 ? [] : ['## Where the rest stands', ...files.map((file) => `- ${file}`), '']),
    ...(evidence === null ? [] : [`Evidence: ${evidence}`, '']),
    ...(lacks.length === 0 ? [] : ['## What this engine cannot give', ...lacks.map((lack) => `- ${LACKS[lack] ?? lack}`), '']),
  ].join('\n');
}
