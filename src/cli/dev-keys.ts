import { createInterface } from 'node:readline';
import type { DevCommand } from '../core/devserver/events.ts';

export interface DevKeys {
  /** Modules that need an update now. */
  needsUpdate: () => readonly string[];
  send: (command: DevCommand) => boolean;
  say: (text: string) => void;
}

const HELP = 'u + Enter updates the modules that need it, r restarts Odoo, h shows this, Ctrl-C stops';

/**
 * Takes single letters from the terminal while the server runs, and says once which. Without a terminal it does nothing.
 * @returns ends it
 */
export function listenForKeys({ needsUpdate, send, say }: DevKeys, input: NodeJS.ReadStream = process.stdin): () => void {
  if (!input.isTTY) return () => undefined;
  // No `output`: the terminal keeps its own line editing, and its Ctrl-C.
  const lines = createInterface({ input });
  lines.on('line', (line) => {
    const sent = obey(line.trim().toLowerCase(), { needsUpdate, send, say });
    if (!sent) say('Odoo has ended.');
  });
  say(HELP);
  return () => lines.close();
}

/** Does what a letter asks for. @returns false where the server does not listen any more */
export function obey(key: string, { needsUpdate, send, say }: DevKeys): boolean {
  if (key === 'r') return send({ command: 'restart' });
  if (key === 'u') {
    const modules = needsUpdate();
    if (modules.length > 0) return send({ command: 'update', modules });
    say('No module needs an update.');
  } else if (key !== '') say(HELP);
  return true;
}
