import { plainText } from '../text.ts';

/** Takes a text in pieces and gives its whole lines, without what would move the cursor of a terminal. */
export interface Lines {
  add: (text: string) => string[];
  /** The last line, where no newline ended it. */
  end: () => string[];
}

export function lineReader(): Lines {
  let open = '';
  return {
    add: (text) => {
      const lines = (open + text).split(/\r?\n/);
      open = lines.pop() ?? '';
      return lines.map(plainText);
    },
    end: () => {
      const last = open === '' ? [] : [plainText(open)];
      open = '';
      return last;
    },
  };
}

/**
 * Logs as lines, with a heading for each of several.
 * @param tail how many of the last lines of each log; all of them without it
 */
export async function* logLines(
  parts: AsyncIterable<{ name: string; text: string }>,
  { headings, tail }: { headings: boolean; tail?: number | undefined },
): AsyncGenerator<string[]> {
  let current: string | undefined;
  let reader = lineReader();
  let kept: string[] = [];
  const take = (lines: string[]): string[] => {
    if (tail === undefined) return lines;
    kept = [...kept, ...lines].slice(-tail);
    return [];
  };
  const end = (): string[] => {
    const last = take(reader.end());
    const lines = tail === undefined ? last : kept;
    [reader, kept] = [lineReader(), []];
    return lines;
  };
  for await (const { name, text } of parts) {
    if (name !== current) {
      if (current !== undefined) yield [...end(), ...(headings ? [''] : [])];
      if (headings) yield [`==> ${plainText(name)} <==`];
      current = name;
    }
    yield take(reader.add(text));
  }
  yield end();
}
