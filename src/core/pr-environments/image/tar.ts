/** One entry of a tar as we write it: owner root, nothing of a machine or of a moment in it. */
export interface TarEntry {
  /** Relative; a folder's without a slash at its end. */
  path: string;
  type: 'file' | 'folder' | 'symlink';
  mode: number;
  /** Bytes that follow; 0 for what is no file. */
  size: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Target of a symbolic link. */
  target?: string;
}

export const BLOCK = 512;
const TYPES = { file: '0', folder: '5', symlink: '2', extended: 'x' } as const;
const NAME = 100;
const PREFIX = 155;
/** What eleven octal digits hold. */
const LARGEST = 8 ** 11 - 1;
const encoder = new TextEncoder();

const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text);
const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

/** Zeros after so many bytes, up to the next full block. */
export const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** What ends a tar. */
export const TAR_END = new Uint8Array(2 * BLOCK);

function block(name: string, prefix: string, type: string, { mode, size, mtime }: TarEntry, link: string): Uint8Array {
  const bytes = new Uint8Array(BLOCK);
  const put = (text: string, at: number, most: number) => encoder.encodeInto(text, bytes.subarray(at, at + most));
  put(name, 0, NAME);
  put(`${octal(mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(size, 11)}\0${octal(mtime, 11)}\0        ${type}`, NAME, 57);
  put(link, 157, NAME);
  put('ustar\u000000', 257, 8);
  put(`${octal(0, 7)}\0${octal(0, 7)}\0`, 329, 16);
  put(prefix, 345, PREFIX);
  put(
    `${octal(
      bytes.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
    8,
  );
  return bytes;
}

/** Where the classic header holds the whole name: in one piece, or cut at a slash. */
function cut(path: string): { name: string; prefix: string } | null {
  if (!isAscii(path)) return null;
  if (path.length <= NAME) return { name: path, prefix: '' };
  const slash = path.indexOf('/', path.length - NAME - 1);
  return slash > 0 && slash <= PREFIX && slash < path.length - 1 ? { name: path.slice(slash + 1), prefix: path.slice(0, slash) } : null;
}

/** `<length> path=<value>\n`, where the length counts itself. */
function record(key: string, value: string): Uint8Array {
  const rest = encoder.encode(` ${key}=${value}\n`);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return joined([encoder.encode(String(length)), rest]);
}

/** One after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Header of an entry, with the extended one (POSIX pax) before it where a name is long or not ASCII. The same entry gives the same bytes.
 * What follows it is the content, then `paddingOf` zeros.
 */
export function tarHeader(entry: TarEntry): Uint8Array {
  const path = entry.type === 'folder' ? `${entry.path}/` : entry.path;
  const target = entry.target ?? '';
  const short = cut(path);
  const fits = isAscii(target) && target.length <= NAME;
  const { name, prefix } = short ?? { name: 'long-name', prefix: '' };
  const isLarge = entry.size > LARGEST;
  const own = block(name, prefix, TYPES[entry.type], isLarge ? { ...entry, size: 0 } : entry, fits ? target : 'long-target');
  const records = joined([
    ...(short ? [] : [record('path', path)]),
    ...(fits ? [] : [record('linkpath', target)]),
    ...(isLarge ? [record('size', String(entry.size))] : []),
  ]);
  if (records.length === 0) return own;
  const extended: TarEntry = { ...entry, mode: 0o644, size: records.length };
  const before = block('PaxHeader/long-name', '', TYPES.extended, extended, '');
  return joined([before, records, new Uint8Array(paddingOf(records.length)), own]);
}
