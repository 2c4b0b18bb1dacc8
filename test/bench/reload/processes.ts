import { readFileSync, readdirSync } from 'node:fs';

/** proc(5): what counts in `stat` comes after the last parenthesis; the first there is field 3. */
function stat(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .trim()
      .split(' ');
  } catch {
    return undefined; // ended meanwhile
  }
}

/** The processes of a group. */
export function members(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const fields = stat(pid);
      return fields !== undefined && Number(fields[2]) === group && fields[0] !== 'Z';
    });
}

/** Milliseconds of processor time that the group has used. Linux counts in hundredths of a second. */
export function processorTime(group: number): number {
  return members(group)
    .map((pid) => stat(pid) ?? [])
    .reduce((sum, fields) => sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10, 0);
}

export interface Memory {
  /** Each page divided by the number of processes that share it, in MB. */
  pss: number;
  rss: number;
}

export function memory(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string): number => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1]) / 1024;
  return { pss: megabytes('Pss'), rss: megabytes('Rss') };
}

export const groupPss = (group: number): number => members(group).reduce((sum, pid) => sum + memory(pid).pss, 0);
