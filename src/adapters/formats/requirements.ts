import { parse as parseToml, TomlError } from 'smol-toml';
import * as z from 'zod';
import type { FileFacts, Pin, Reader } from '../../core/policy/facts.ts';
import type { NeededFile } from '../../core/policy/build/facts.ts';
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
function isPinned(requirement: string): boolean {
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

const textsSchema = z.array(z.unknown()).transform((items) => items.filter((item) => typeof item === 'string'));
const groupsSchema = z.record(z.string(), textsSchema);
/** Where pyproject.toml names packages in arrays (PEP 621, PEP 735 and PEP 518); all else in it is left alone. */
const projectSchema = z.object({
  project: z
    .object({ dependencies: textsSchema.catch([]), 'optional-dependencies': groupsSchema.catch({}) })
    .catch({ dependencies: [], 'optional-dependencies': {} }),
  'dependency-groups': groupsSchema.catch({}),
  'build-system': z.object({ requires: textsSchema.catch([]) }).catch({ requires: [] }),
});

function readProject(text: string, at: LineIndex): FileFacts {
  let parsed: z.infer<typeof projectSchema>;
  try {
    parsed = projectSchema.parse(parseToml(text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const place = { line: error.line, column: error.column };
    return { unreadable: [{ message: `This is no TOML: ${error.message.split('\n')[0] ?? ''}.`, range: { start: place, end: place } }] };
  }
  const { project, 'dependency-groups': groups, 'build-system': system } = parsed;
  const requirements = [
    ...system.requires,
    ...project.dependencies,
    ...Object.values(project['optional-dependencies']).flat(),
    ...Object.values(groups).flat(),
  ];
  return {
    pins: requirements.map((requirement): Pin => {
      // The parser tells no places: it is where it stands in quotes, and at the beginning where it is written with escapes.
      const place = Math.max(text.indexOf(`"${requirement}"`), text.indexOf(`'${requirement}'`));
      const range = place < 0 ? at.range(0, 0) : at.range(place + 1, place + 1 + requirement.length);
      return { what: 'package', reference: shown(requirement), pinned: isPinned(requirement), range };
    }),
  };
}

/** pip's requirement and constraint files, and the packages that pyproject.toml names. */
export const requirementsReader: Reader = {
  name: 'requirements',
  version: 2,
  reads: (path) =>
    /(?:^|\/)(?:[^/]*(?:requirements|constraints)[^/]*\.(?:txt|in|lock)|requirements\/[^/]+\.(?:txt|in)|pyproject\.toml)$/.test(path),
  read: (path, text) => {
    const at = lineIndex(text);
    return path.endsWith('pyproject.toml') ? readProject(text, at) : readRequirements(path, text, at);
  },
};
