import type { Content } from '../../adapters/files/content.ts';
import type { FactsCache } from '../../adapters/files/facts-cache.ts';
import { joinFacts, type FileFacts, type Reader } from '../../core/policy/facts.ts';
import type { Sources } from './sources.ts';

const BEGINNING = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };

/** What a text tells one format. Whatever goes wrong in it, a file that nests a hundred thousand lists for one, stops no other file. */
async function factsOfReader({ name, read }: Reader, path: string, text: string): Promise<FileFacts> {
  try {
    return await read(path, text);
  } catch (error) {
    const why = error instanceof RangeError ? 'it is nested too deeply' : error instanceof Error ? error.message : String(error);
    return { unreadable: [{ message: `It could not be read as ${name}: ${why}.`, range: BEGINNING }] };
  }
}

/** What a text tells the formats that know it. */
async function factsOfText(readers: readonly Reader[], path: string, text: string): Promise<FileFacts> {
  const told: FileFacts[] = [];
  for (const reader of readers) if (reader.mayTell?.(text) ?? true) told.push(await factsOfReader(reader, path, text));
  return joinFacts(told);
}

/** What a file tells. One that a format should read and that is no text is said; one that is only searched is not. */
export async function factsOfFile(readers: readonly Reader[], path: string, content: Content): Promise<FileFacts> {
  if (content.is === 'text') return factsOfText(readers, path, content.text);
  const isKnown = readers.some(({ everywhere }) => everywhere !== true);
  const unreadable = (message: string): FileFacts => (isKnown ? { unreadable: [{ message, range: BEGINNING }] } : {});
  if (content.is === 'binary') return unreadable('It is no text, so it was not read.');
  if (content.is === 'absent') return {};
  const size = `${Math.round(content.bytes / 1024 / 1024)} MB`;
  return isKnown ? unreadable(`It has ${size}, so it was not read.`) : { large: [{ bytes: content.bytes }] };
}

/**
 * What the files tell, each read at most once, and not at all where the cache knows its content.
 * @param overlay texts that stand for those of the files: what an editor holds and has not saved
 */
export async function gatherFacts(
  sources: Sources,
  readers: readonly Reader[],
  cache: FactsCache,
  overlay: ReadonlyMap<string, string> = new Map(),
): Promise<Map<string, FileFacts>> {
  const found = new Map<string, FileFacts>();
  const byPath = new Map<string, Reader[]>();
  const unread = [];
  for (const file of sources.files) {
    const text = overlay.get(file.path);
    // First, for most files are known: to ask each format about each of 10,000 paths takes longer than all else.
    const known = text === undefined && file.object !== null ? cache.get(file.path, file.object) : undefined;
    if (known) {
      found.set(file.path, known);
      continue;
    }
    const own = readers.filter((reader) => reader.reads(file.path));
    if (own.length === 0) continue;
    if (text !== undefined) found.set(file.path, await factsOfText(own, file.path, text));
    else {
      byPath.set(file.path, own);
      unread.push(file);
    }
  }
  await sources.read(unread, async (path, content, object) => {
    const known = object === null ? undefined : cache.get(path, object);
    const facts = known ?? (await factsOfFile(byPath.get(path) ?? [], path, content));
    if (!known && object !== null) cache.set(path, object, facts);
    found.set(path, facts);
  });
  for (const [path, facts] of found) if (Object.keys(facts).length === 0) found.delete(path);
  return found;
}
