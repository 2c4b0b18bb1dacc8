import type { Finding } from '../finding.ts';

/** A finding of §3.3. */
export const stagingFinding = (
  { file, range }: Pick<Finding, 'file' | 'range'>,
  what: Pick<Finding, 'message' | 'fix'> & Partial<Finding>,
): Finding => ({ rule: 'staging-neutralised', severity: 'error', file, range, paragraph: '§3.3', stage: 'staging', ...what });
