import type { Word } from '../facts.ts';

const PROGRAM = /(?:^|\/)(?:odoo-bin|odoo\.py|openerp-server|odoo-server)$/;
/** Their arguments `odoo` are a user, a database or a service. */
const OTHERS =
  /(?:^|\/)(?:psql|pg_\w+|createdb|dropdb|createuser|chown|chmod|chgrp|mkdir|cp|mv|ls|rm|cat|echo|printf|test|\[|id|useradd|usermod|adduser|docker|docker-compose|podman|kubectl|git|cd|curl|pip3?|apt-get)$/;
/** An image that is an Odoo: `odoo`, `odoo19`, `odoo-project`, `team-odoo`, `oca-ci/py3.12-odoo19.0`. */
const IMAGE =
  /(?:^|\/)(?:odoo(?:\d{1,2})?|doodba|openerp|(?:docker-)?odoo-(?:ce|ee|community|enterprise|server|app|web|base|project|image|prod|production|staging|dev)|[\w.-]+[-_]odoo|oca-ci\/[^/]*)$/;
/** What stands beside one may be called after it. */
const NEIGHBOUR = /nginx|proxy|caddy|postgres|(?:^|[-_/])(?:db|sql|mcp|backup|exporter|redis|mail|test|docs?)[-_]/;

const END = /^(?:;|\|{1,2}|&{1,2})$/;

/** The commands of a line that a shell would start one after the other. */
function segments<Item extends Word>(words: readonly Item[]): Item[][] {
  const all: Item[][] = [[]];
  for (const word of words) {
    if (END.test(word.value)) all.push([]);
    else all.at(-1)?.push(word);
  }
  return all.filter((segment) => segment.length > 0);
}

/** Where Odoo's program stands in a command, behind what wraps it: `exec`, `gosu odoo`, `python3 -m debugpy …`. */
function programIndex(words: readonly Word[]): number {
  const first = words.findIndex(({ value }) => !/^\w+=/.test(value));
  return words.findIndex(({ value }, index) => {
    // `--addons-path=/x/odoo` is an option.
    if (/[=,]/.test(value)) return false;
    if (PROGRAM.test(value)) return !OTHERS.test(words[first]?.value ?? '') || index === first;
    if (!/(?:^|\/)odoo$/.test(value)) return false;
    const before = words[index - 1]?.value ?? '';
    return !OTHERS.test(words[first]?.value ?? '') && (!before.startsWith('-') || ['--', '-c', '-m', '-lc', '-ec'].includes(before));
  });
}

/** True where a command starts Odoo. */
export const startsOdoo = (words: readonly Word[]): boolean => segments(words).some((segment) => programIndex(segment) >= 0);

/** True for `odoo:19.0`, `registry.test/team/odoo@sha256:…`, `tecnativa/doodba`; not for `odoo-nginx`. */
export function isOdooImage(image: string): boolean {
  const name = image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  return IMAGE.test(name) && !NEIGHBOUR.test(name.slice(name.lastIndexOf('/') + 1));
}

/** The arguments that reach Odoo, a list for each command: an image's entrypoint hands over those that stand alone. */
export function odooArguments<Item extends Word>(words: readonly Item[]): { arguments: Item[]; isSure: boolean }[] {
  const all = segments(words);
  return all.flatMap((segment): ReturnType<typeof odooArguments<Item>> => {
    const at = programIndex(segment);
    if (at >= 0) return [{ arguments: segment.slice(at + 1), isSure: true }];
    if (segment[0]?.value.startsWith('-')) return [{ arguments: segment, isSure: true }];
    // A script of the team's own.
    return all.length === 1 && !OTHERS.test(segment[0]?.value ?? '') ? [{ arguments: segment, isSure: false }] : [];
  });
}
