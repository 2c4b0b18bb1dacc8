import { parseEvent } from '../../core/devserver/events.ts';
import type { DevEvent } from '../../core/devserver/events.ts';
import { parseLogLine } from '../../core/devserver/log-line.ts';
import type { LogLine } from '../../core/devserver/log-line.ts';
import { createRedactor, redactWords } from '../../core/evidence/redact.ts';

/** Reads the event channel line by line. What is no event is told in the log; what only a newer program says is left out. */
export function eventReader(
  env: Readonly<Record<string, string | undefined>>,
  onLine: (line: LogLine) => void,
  onEvent: (event: DevEvent) => void,
): (text: string) => void {
  const redact = createRedactor(env);
  return (text) => {
    const found = parseEvent(text);
    if (found === 'ignored') return;
    if ('event' in found) onEvent(redactWords(found.event, redact));
    else onLine({ ...parseLogLine(redact(`Not an event, ${found.malformed}: ${text.slice(0, 500)}`)), level: 'WARNING' });
  };
}
