/** Bytes of a line; what is longer is cut, so that no program fills our memory with one. */
const LIMIT = 64 * 1024;
const CUT = ' … (cut)';

/** Cuts a flow of bytes into lines. */
export function lineSplitter(onLine: (line: string) => void): { push: (chunk: Buffer) => void; end: () => void } {
  let parts: Buffer[] = [];
  let size = 0;
  const add = (piece: Buffer): void => {
    if (size < LIMIT) parts.push(piece.subarray(0, LIMIT - size));
    size += piece.length;
  };
  const flush = (): void => {
    const text = Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
    onLine(size > LIMIT ? `${text}${CUT}` : text);
    parts = [];
    size = 0;
  };
  return {
    push: (chunk) => {
      let begin = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
        add(chunk.subarray(begin, end));
        flush();
        begin = end + 1;
      }
      if (begin < chunk.length) add(chunk.subarray(begin));
    },
    end: () => {
      if (size > 0) flush();
    },
  };
}
