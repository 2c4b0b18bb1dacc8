import { constants } from 'node:fs';
import { lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { isPlainPath } from '../../core/config/paths.ts';
import { OpsError } from '../../core/errors.ts';
import { writeError } from './atomic.ts';
import { decode } from './content.ts';

type Encoding = 'utf8' | 'utf8-mark' | 'utf16le' | 'utf16be' | 'latin1';

/** A text file as it was when it was read: what is needed to write it back in its own way. */
export interface EditableFile {
  path: string;
  text: string;
  bytes: Buffer;
  encoding: Encoding;
}

const MARKS = { 'utf8-mark': [0xef, 0xbb, 0xbf], utf16le: [0xff, 0xfe], utf16be: [0xfe, 0xff] } as const;

function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf8' || encoding === 'latin1') return Buffer.from(text, encoding);
  const body = Buffer.from(text, encoding === 'utf8-mark' ? 'utf8' : 'utf16le');
  return Buffer.concat([Buffer.from(MARKS[encoding]), encoding === 'utf16be' ? body.swap16() : body]);
}

function encodingOf(bytes: Buffer, text: string): Encoding {
  const marked = (['utf8-mark', 'utf16le', 'utf16be'] as const).find((name) => MARKS[name].every((byte, index) => bytes[index] === byte));
  return marked ?? (Buffer.from(text).equals(bytes) ? 'utf8' : 'latin1');
}

const refusal = (path: string, why: string): OpsError =>
  new OpsError('repository', `${path} was not changed: ${why}.`, { hint: 'Mend it by hand.', details: { path } });

/** Where a path of the repository really is. @throws OpsError `repository` where it is a link, or lies outside through one */
async function realFile(root: string, path: string): Promise<string> {
  if (!isPlainPath(path)) throw refusal(path, 'it is not in the repository');
  const file = join(root, path);
  const stats = await lstat(file).catch(() => undefined);
  if (!stats) throw refusal(path, 'it is no longer there');
  if (!stats.isFile()) throw refusal(path, 'it is no plain file');
  const [base, folder] = await Promise.all([realpath(root), realpath(dirname(file))]);
  if (folder !== base && !folder.startsWith(`${base}${sep}`)) throw refusal(path, 'a link leads out of the repository');
  return file;
}

async function readPlain(file: string): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** @throws OpsError `repository` for what is not a plain text file of the repository that can be written back as it is */
export async function readEditable(root: string, path: string): Promise<EditableFile> {
  const bytes = await readPlain(await realFile(root, path));
  const content = decode(bytes);
  if (content.is !== 'text') throw refusal(path, 'it is no text');
  const encoding = encodingOf(bytes, content.text);
  if (!encode(content.text, encoding).equals(bytes)) throw refusal(path, 'its encoding could not be kept');
  return { path, text: content.text, bytes, encoding };
}

/**
 * Puts another text into a file, at once and as a whole, with its mode and its encoding.
 * @throws OpsError `repository` where it is not what was read any more, or has no room for the new characters
 */
export async function replaceText(root: string, { path, bytes, encoding }: EditableFile, text: string): Promise<void> {
  const next = encode(text, encoding);
  const back = decode(next);
  if (back.is !== 'text' || back.text !== text) throw refusal(path, `what it should hold cannot be written as ${encoding}`);
  const file = await realFile(root, path);
  const partial = `${file}.${process.pid}.partial`;
  try {
    const { mode } = await stat(file);
    const handle = await open(partial, 'wx', mode);
    try {
      await handle.chmod(mode); // past the umask
      await handle.writeFile(next);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!(await readPlain(file)).equals(bytes)) throw refusal(path, 'somebody else changed it meanwhile');
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw error instanceof OpsError ? error : writeError(file, error);
  }
}
