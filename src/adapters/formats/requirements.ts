import type { FileFacts, Pin, Reader } from '../../core/policy/facts.ts';
import type { NeededFile } from '../../core/policy/build-facts.ts';
import { normalizePath } from '../../core/config/paths.ts';
import { lineIndex, type LineIndex } from './lines.ts';

/** A line as pip reads it: joined at backslashes, without its comment. */
interface Line {
  text: string;
  from: number;
}

function* linesOf(text: string): Generator<Line> {
  const line = /(?:[^\n\\]|\\\r?\n|\\)*\n?/y;
  for (let from = 0; from < text.length; from = line.lastIndex) {
    line.lastIndex = from;
    const [whole = ''] = line.exec(text) ?? [];
    if (whole === '') return;
    yield { text: whole.replace(/(^|\s)#.*/g, '$1').replace(/\\\r?\n/g, '  '), from };
  }
}

const COMMIT = /@[0-9a-f]{7,64}(?:#|$)/i;
const EXACT = /^[\w.-]+(?:\[[^\]]*\])?\s*={2,3}\s*[^\s*,;]+$/;

/** A requirement that gives the same package tomorrow: by its exact version, a commit, a hash, or because it lies in the repository. */
export function isPinned(requirement: string): boolean {
  const [plain = '', ...options] = requirement.split(/\s+--(?=hash|config-settings|global-option)/);
  const wanted = plain.split(/\s*;/)[0]?.trim() ?? '';
  const url = /^(?:[\w.-]+(?:\[[^\]]*\])?\s*@\s*)?((?:git|hg|svn|bzr)\+\S+|https?:\S+|file:\S+|\.{0,2}\/\S*|\.{1,2})$/.exec(wanted)?.[1];
  // A variable: whoever builds says what it is.
  if (wanted.includes('${') || options.some((option) => option.startsWith('hash'))) return true;
  if (url === undefined) return EXACT.test(wanted);
  if (/^(?:git|hg|svn|bzr)\+/.test(url)) return COMMIT.test(url);
  return !/^https?:/.test(url) || /#.*\bsha(?:256|384|512)=/.test(url);
}

/** As it is shown: without markers, hashes and what stands in an address before `@` of a host. */
const shown = (requirement: string): string => (requirement.split(/\s*;|\s+--/)[0] ?? '').trim().replace(/(:\/\/)[^/@\s]+@/, '$1');

const besides = (path: string, file: string): string | undefined => normalizePath(`${path.slice(0, path.lastIndexOf('/') + 1)}${file}`);

function readRequirements(path: string, text: string, at: LineIndex): FileFacts {
  const pins: Pin[] = [];
  const needs: NeededFile[] = [];
  for (const { text: line, from } of linesOf(text)) {
    const wanted = line.trim();
    const start = from + line.length - line.trimStart().length;
    const range = at.range(start, start + wanted.length);
    const include = /^(?:-r|--requirement|-c|--constraint)(?:\s+|=|(?=[^\s-]))(\S+)/.exec(wanted)?.[1];
    const editable = /^(?:-e|--editable)(?:\s+|=)(.+)$/.exec(wanted)?.[1];
    const file = include !== undefined && !include.includes('${') && !/^https?:/.test(include) ? besides(path, include) : undefined;
    if (file !== undefined) needs.push({ value: file, by: 'include', range });
    const requirement = editable ?? (wanted.startsWith('-') ? '' : wanted);
    if (requirement !== '') pins.push({ what: 'package', reference: shown(requirement), pinned: isPinned(requirement), range });
  }
  return { pins, needed_files: needs };
}

/** Tables of pyproject.toml that name packages in arrays (PEP 621, PEP 735 and PEP 518). */
const TABLES = /^(?:project|project\.optional-dependencies|dependency-groups|build-system)$/;
const KEYS = { project: /^dependencies$/, 'build-system': /^requires$/ } as const;

function readProject(text: string, at: LineIndex): FileFacts {
  const pins: Pin[] = [];
  let table = '';
  const item = /^[ \t]*\[([\w.\-"' ]+)\][ \t]*(?:#.*)?$|^[ \t]*"?([\w.-]+)"?[ \t]*=[ \t]*\[/gm;
  for (let match = item.exec(text); match; match = item.exec(text)) {
    if (match[1] !== undefined) table = match[1].trim();
    const key = match[2];
    const keys = table === 'project' || table === 'build-system' ? KEYS[table] : /./;
    if (key === undefined || !TABLES.test(table) || !keys.test(key)) continue;
    const string = /\s*(?:,|#[^\n]*|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|\{[^}]*\})/y;
    string.lastIndex = item.lastIndex;
    for (let found = string.exec(text); found; found = string.exec(text)) {
      const requirement = found[1] ?? found[2];
      const to = string.lastIndex;
      if (requirement !== undefined && requirement !== '') {
        const range = at.range(to - requirement.length - 1, to - 1);
        pins.push({ what: 'package', reference: shown(requirement), pinned: isPinned(requirement), range });
      }
      item.lastIndex = to;
    }
  }
  return { pins };
}

/** pip's requirement and constraint files, and the packages that pyproject.toml names. */
export const requirementsReader: Reader = {
  name: 'requirements',
  version: 1,
  reads: (path) =>
    /(?:^|\/)(?:[^/]*(?:requirements|constraints)[^/]*\.(?:txt|in|lock)|requirements\/[^/]+\.(?:txt|in)|pyproject\.toml)$/.test(path),
  read: (path, text) => {
    const at = lineIndex(text);
    return path.endsWith('pyproject.toml') ? readProject(text, at) : readRequirements(path, text, at);
  },
};
