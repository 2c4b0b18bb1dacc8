import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import type { OpsEvent, Report } from '../core/events.ts';
import { plainText } from '../core/text.ts';
import type { GlobalOptions } from './host.ts';

export interface Renderer {
  event: Report;
  /** Removes the progress line before something else is printed. */
  clear: () => void;
}

const MARKS = { passed: '✓', failed: '✗', inconclusive: '?', cancelled: '-' } as const;
const COLOURS = { passed: 'green', failed: 'red', inconclusive: 'yellow', cancelled: 'gray' } as const;

/** Without what would move the terminal's cursor: titles and messages may hold other people's words. */
function plainEvent(event: OpsEvent): OpsEvent {
  if (event.type === 'start') return { ...event, title: plainText(event.title) };
  if (event.type === 'text') return { ...event, text: plainText(event.text) };
  return event.type === 'stop' && event.message !== undefined ? { ...event, message: plainText(event.message) } : event;
}

/** Shows events: as JSON lines, as a progress line on a terminal, or as plain lines where nobody watches (CI). */
export function renderer({ json, verbose }: Pick<GlobalOptions, 'json' | 'verbose'>, stream: WriteStream): Renderer {
  const terminal = stream.isTTY && !json;
  const colour = (name: Parameters<typeof styleText>[0], text: string) =>
    terminal && process.env['NO_COLOR'] === undefined ? styleText(name, text) : text;
  const titles = new Map<string, string>();
  let progress = '';
  const clear = () => {
    if (progress !== '') stream.write('\r\u001b[K');
    progress = '';
  };
  const show = (text: string) => {
    clear();
    if (!terminal) return;
    progress = text.slice(0, (stream.columns || 80) - 1);
    stream.write(progress);
  };
  const line = (text: string) => {
    const kept = progress;
    clear();
    stream.write(`${text}\n`);
    if (kept !== '') show(kept);
  };
  const text = (said: OpsEvent) => {
    const event = plainEvent(said);
    switch (event.type) {
      case 'start':
        titles.set(event.step, event.title);
        show(`… ${event.title}`);
        return;
      case 'progress':
        show(`… ${titles.get(event.step) ?? event.step} ${Math.floor((100 * event.done) / Math.max(event.total, 1))} %`);
        return;
      case 'text':
        if (event.level === 'debug' && !verbose) return;
        line(
          event.level === 'info' || event.level === 'debug'
            ? event.text
            : colour(event.level === 'error' ? 'red' : 'yellow', `${event.level}: ${event.text}`),
        );
        return;
      case 'stop': {
        clear();
        const title = titles.get(event.step) ?? event.step;
        const detail = event.message === undefined ? '' : `: ${event.message}`;
        line(
          `${colour(COLOURS[event.result], MARKS[event.result])} ${title}${detail} ${colour('gray', `(${(event.ms / 1000).toFixed(1)} s)`)}`,
        );
      }
    }
  };
  return { clear, event: (event) => (json ? stream.write(`${JSON.stringify(event)}\n`) : text(event)) };
}
