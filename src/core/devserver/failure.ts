import type { LogLine } from './log-line.ts';

/** What a server said that may explain why it did not come up. A fold over its log lines, begun with `{}`. */
export interface FailureTrail {
  /** The message of the last ERROR or CRITICAL record. */
  readonly headline?: string;
  /** The last line of that record's traceback: the exception itself. */
  readonly detail?: string;
  /** The last words of all: for what goes wrong before Odoo has a log (an import, an unknown option). */
  readonly last?: string;
}

export function noteLine(trail: FailureTrail, line: LogLine): FailureTrail {
  const message = line.message.trim();
  if (message === '') return trail;
  const after = { ...trail, last: message };
  if (line.level !== 'ERROR' && line.level !== 'CRITICAL') return after;
  return line.continued ? { ...after, detail: message } : { headline: message, last: message };
}

/** One sentence's worth of reason, or `undefined` where the server said nothing. */
export function describeFailure(trail: FailureTrail): string | undefined {
  if (trail.headline === undefined) return trail.last;
  return trail.detail === undefined ? trail.headline : `${trail.headline} ${trail.detail}`;
}

const HINTS: readonly (readonly [symptom: RegExp, hint: string])[] = [
  [/No module named ['"]?odoo\.addons/, 'A module imports an addon that is not on the addons path: check addons_path and `depends`.'],
  [/No module named/, "Install Odoo's Python requirements for this interpreter, or name another one in ODOO_PYTHON."],
  [/Address already in use/, 'Another process took the port meanwhile: stop it, or choose another port.'],
  [/no such option|error: /, 'Check the extra arguments and the odoo.conf against `odoo-bin --help`.'],
  [/not initialized/, 'The database has no Odoo in it yet: install `web` or `base` first.'],
  [/database user 'postgres'/, 'Use a role of its own that may not do everything (PGUSER, or db_user in odoo.conf).'],
];

/** What to do about a reason that `describeFailure` gave. */
export function hintForFailure(reason: string | undefined): string {
  const known = HINTS.find(([symptom]) => symptom.test(reason ?? ''));
  return known?.[1] ?? "The lines before it in the server's log say more.";
}
