import type { AddonsPathText } from '../../../core/policy/facts.ts';
import { addonsPathsOf, mayNameAddonsPath } from './addons-paths.ts';
import type { JsonFile } from './json-nodes.ts';
import { lineIndex } from '../lines.ts';
import { wordsOf, type Placed } from './words.ts';
import type { Node } from 'jsonc-parser';

/** A line with those that it goes on in. */
const COMMAND = /(?:[^\n\\]|\\\r?\n|\\[^])+/g;

/** Addons paths in the commands of a script; each command is read by itself, so that what is odd above stops nothing. */
export function scriptPaths(text: string): AddonsPathText[] {
  const at = lineIndex(text);
  return [...text.matchAll(COMMAND)].flatMap(({ 0: command, index }) => {
    if (!mayNameAddonsPath(command)) return [];
    const value = command.replace(/\r$/, '');
    // A prompt is no part of the command, and a quoted command is one inside.
    return addonsPathsOf(
      wordsOf({ value, range: at.range(index, index + value.length), part: (from, to) => at.range(index + from, index + to) }, true),
    );
  });
}

/** Addons paths in the strings of a JSON file: arguments one by one, or a whole command. */
export function stringsPaths(json: JsonFile): AddonsPathText[] {
  const textsOf = (node: Node | undefined): AddonsPathText[] => {
    if (!node) return [];
    const whole = json.text(node);
    if (whole) return mayNameAddonsPath(whole.value) && /\s/.test(whole.value) ? addonsPathsOf(wordsOf(whole, true)) : [];
    const items: Placed[] = json.items(node).flatMap((item) => json.text(item) ?? []);
    const named = json.entries(node).flatMap(({ name, value }) => {
      const written = name === 'ODOO_ADDONS_PATH' ? json.text(value) : null;
      return written ? addonsPathsOf([{ value: '--addons-path', range: written.range }, written]) : [];
    });
    return [...addonsPathsOf(items), ...named, ...(node.children ?? []).flatMap(textsOf)];
  };
  return textsOf(json.root);
}
