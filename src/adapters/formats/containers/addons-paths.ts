import type { AddonsPathText, Word } from '../../../core/policy/facts.ts';
import type { Range } from '../../../core/policy/finding.ts';
import { isKnown } from '../../../core/policy/odoo/same-folder.ts';
import { rangeOfEnd } from '../../../core/policy/odoo/settings.ts';

/** Cheap: a text without it names no addons path. */
export const mayNameAddonsPath = (text: string): boolean => /addons[-_]path/i.test(text);

// `<path>`, `…`, `{odoo,oca}`, `/path/to/addons`, `PATH`: what the reader is meant to fill in says nothing.
const PLACEHOLDER = /[<>{}[\]*%`"'\\|]|\.\.\.|…|(?:^|\/)(?:path\/to|your|my|some|etc\.*$)|^[A-Z_]+$/;

/** The folders of a value; placeholders say nothing. */
export function addonsPathText(value: string, range: Range): AddonsPathText[] {
  const paths = value
    .split(/[,\n]/)
    .map((path) => path.trim())
    .filter((path) => path !== '');
  const isPlaceholder = paths.some((path) => !isKnown(path) || PLACEHOLDER.test(path.replace(/\$\{?\{?[^}/]*\}{0,2}/, '')));
  return paths.length === 0 || isPlaceholder ? [] : [{ paths, range }];
}

/** Every addons path in a command: `--addons-path=…`, `--addons-path …`, `ODOO_ADDONS_PATH=…`. */
export function addonsPathsOf(words: readonly Word[]): AddonsPathText[] {
  return words.flatMap((word, index) => {
    const value = /^(?:--addons[-_]path|(?:--env=|-e)?ODOO_ADDONS_PATH)=(.*)$/s.exec(word.value)?.[1];
    if (value !== undefined) return addonsPathText(value, rangeOfEnd(word, value));
    const next = words[index + 1];
    return /^--addons[-_]path$/.test(word.value) && next && !/^(?:-|[;|&]+$)/.test(next.value)
      ? addonsPathText(next.value, next.range)
      : [];
  });
}
