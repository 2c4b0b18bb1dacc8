import type { FileFacts, Reader } from '../../../core/policy/facts.ts';
import { CHANGES, CONTAINERS } from './changes.ts';
import { syntaxErrors } from './errors.ts';
import { processCaches, threads } from './kept.ts';
import { CRON_METHOD, modelMethods } from './methods.ts';
import { processStates } from './state.ts';
import { parsePython } from './tree.ts';

/** Not what a server runs: tests, migrations, tools. */
const ELSEWHERE =
  /(?:^|\/)(?:tests?|test_[^/]*|migrations|upgrades|static|scripts?|docs?|examples?|setup|\.[^/]+)\/|(?:^|\/)(?:setup|conftest|__manifest__|__openerp__|test_[^/]*)\.py$/;

const WORDS =
  /^[ \t]+global[ \t]+\w+[ \t]*(?:[,;#\\]|$)|\blru_cache\b|\bcachetools\b|\bfunctools(?:\.|\s+import\s[^\n]*)\bcache\b|\b(?:Thread|Timer|Process|Pool|ThreadPool|ThreadPoolExecutor|ProcessPoolExecutor)\s*\(|\bsleep\b|\bwhile\s*\(?\s*(?:True|1)\b/m;
/** At the margin, or one step in: what stands further in belongs to a function. */
const BINDING = new RegExp(
  String.raw`^(?: {0,4}|\t)([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?=[ \t\\\r\n]*(?:[\[{]|(?:[\w.]+\.)?${CONTAINERS}[ \t]*\()`,
  'gm',
);
const CHANGE = new RegExp(String.raw`(\w+)\s*(?:\[|\.\s*(?:${CHANGES})\s*\(|[-+*|&^]=)|\b(?:cls|__class__|[A-Z]\w*)\.(\w+)\s*=(?!=)`, 'g');

/** A name that is bound to a container and that something is done to: few files of an addon have one. */
function hasState(text: string): boolean {
  const names = new Set<string>();
  for (const [, name = ''] of text.matchAll(BINDING)) names.add(name);
  if (names.size === 0) return false;
  for (const [, changed = '', replaced = ''] of text.matchAll(CHANGE)) if (names.has(changed) || names.has(replaced)) return true;
  return false;
}

const mayTell = (text: string): boolean => WORDS.test(text) || CRON_METHOD.test(text) || hasState(text);

/** What the rules want to know of Python, whether or not its words promise anything. */
export function pythonFacts(text: string): FileFacts {
  const tree = parsePython(text);
  return {
    process_states: processStates(tree),
    process_caches: processCaches(tree),
    threads: threads(tree),
    model_methods: modelMethods(tree),
    unreadable: syntaxErrors(tree),
  };
}

/** The Python of addons, without their tests. Whether a file belongs to an addon, the rules know. */
export const pythonReader: Reader = {
  name: 'python',
  version: 2,
  reads: (path) => path.endsWith('.py') && !ELSEWHERE.test(path),
  mayTell,
  read: (_path, text) => (mayTell(text) ? pythonFacts(text) : {}),
};
