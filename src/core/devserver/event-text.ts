import type { LogLevel } from '../events.ts';
import { count, plainText } from '../text.ts';
import type { DevEvent, ReloadKind } from './events.ts';
import type { Place } from './state.ts';

/** `0.04 s`, `2.3 s`, `72 s`: as many digits as a person can tell apart. */
export function seconds(ms: number): string {
  const value = ms / 1000;
  return `${value < 1 ? value.toFixed(2) : value < 10 ? value.toFixed(1) : value.toFixed(0)} s`;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `sale_order.py`, `a.py and b.py`, `12 files` */
function fileNames(files: readonly string[]): string {
  const names = [...new Set(files.map(baseName))];
  return names.length > 2 ? count(files.length, 'file') : names.join(' and ');
}

const HOW: Record<ReloadKind, string> = {
  patch: 'patched',
  fork: 'a fresh process for',
  parent: 'a new parent for',
  update: 'after the update',
  view: 'views of',
  assets: 'assets of',
};

/** `patched sale_order.py`, `a fresh process for sale_order.py: a new field` */
export function reloadText({ kind, files, reason }: { kind: ReloadKind; files: readonly string[]; reason?: string | undefined }): string {
  // A reason often names the file itself.
  const nameless = kind === 'update' || files.length === 0 || (reason?.includes(fileNames(files)) ?? false);
  const how = nameless ? HOW[kind].replace(/ (?:for|of)$/, '') : `${HOW[kind]} ${fileNames(files)}`;
  return plainText(reason === undefined ? how : `${how}: ${reason}`);
}

/** `sale_x needs an update: new field foo` */
export function needsUpdateText(reasons: ReadonlyMap<string, readonly string[]>): string {
  const modules = [...reasons.keys()];
  if (modules.length === 0) return 'No module needs an update.';
  const why = [...new Set([...reasons.values()].flat())].join(', ');
  return plainText(`${modules.join(', ')} ${modules.length === 1 ? 'needs' : 'need'} an update${why === '' ? '' : `: ${why}`}`);
}

/** `/repo/models/sale.py:12:5`, which terminals and editors make a link. */
export const placeText = ({ file, line, column }: Place): string =>
  plainText([file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':'));

/** One line for people: the command line prints it, the extension writes it into its log. */
export function eventText(event: DevEvent): { level: LogLevel; text: string } {
  const { level, text } = words(event);
  return { level, text: plainText(text) };
}

function words(event: DevEvent): { level: LogLevel; text: string } {
  switch (event.type) {
    case 'starting':
      return { level: 'info', text: event.reason === '' ? 'Odoo starts' : `Odoo starts anew: ${event.reason}` };
    case 'ready':
      return { level: 'info', text: `Odoo is ready: ${event.url} (${seconds(event.ms)})` };
    case 'reloading':
      return { level: 'debug', text: `Reloading ${fileNames(event.files)}`.trimEnd() };
    case 'reloaded':
      return { level: 'info', text: `Reloaded in ${seconds(event.ms)} (${reloadText(event)})` };
    case 'failed': {
      const { message, file, line, column, serving } = event;
      const where = file === undefined ? '' : `${placeText({ file, line, column })}: `;
      return { level: 'error', text: `${where}${message}${serving ? ' (the last good code still answers)' : ''}` };
    }
    case 'needs-update':
      return {
        level: event.modules.length === 0 ? 'info' : 'warning',
        text: needsUpdateText(new Map(event.modules.map((name) => [name, event.reasons[name] ?? []]))),
      };
    case 'updating':
      return { level: 'info', text: `Updating ${event.modules.join(', ')}` };
    case 'waiting':
      return { level: 'warning', text: event.message };
    case 'notice':
      return { level: event.level, text: event.message };
    case 'debugging':
      return { level: 'info', text: `A debugger can attach to ${event.host}:${event.port} (process ${event.pid})` };
    case 'stopped':
      return {
        level: event.reason === 'stopped' ? 'info' : 'error',
        text: stoppedText(event),
      };
  }
}

/** Why a server ended, as one sentence. */
export function stoppedText({ reason, message }: { reason: 'stopped' | 'crash-loop' | 'failed'; message?: string | undefined }): string {
  const plain = reason === 'crash-loop' ? 'Odoo crashed again and again, so it is not started any more' : 'Odoo stopped';
  return message === undefined || message === '' ? plain : `${plain}: ${message}`;
}
