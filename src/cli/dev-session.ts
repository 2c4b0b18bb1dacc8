import { eventText } from '../core/devserver/event-text.ts';
import type { DevEvent } from '../core/devserver/events.ts';
import { afterEvent, BEGINNING, type DevState } from '../core/devserver/state.ts';
import { EXIT_CODES, isOpsError } from '../core/errors.ts';
import type { DevServer } from '../runtime/dev.ts';
import { listenForKeys } from './dev-keys.ts';
import type { Host } from './host.ts';

export interface DevSession {
  /** Shows an event: a JSON line on stdout with `--json`, else a line on stderr. */
  onEvent: (event: DevEvent) => void;
  /** Waits for the end of the server. @returns the exit code */
  follow: (server: DevServer) => Promise<number>;
}

/** One run of `odoo-ops dev`: what the server tells, what the person types. */
export function devSession(host: Pick<Host, 'options' | 'signal' | 'print' | 'report'>): DevSession {
  let state: DevState = BEGINNING;
  let announced = false;
  const say = (text: string) => host.report({ type: 'text', level: 'info', text });

  /** On stdout and in this form since the first version: other programs wait for it. */
  const announce = (url: string) => {
    announced = true;
    host.print({ url, state: 'ready' }, `Odoo is ready: ${url}   (Ctrl-C stops it)`);
  };

  const onEvent = (event: DevEvent) => {
    state = afterEvent(state, event);
    if (host.options.json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else if (event.type === 'ready' && !announced) announce(event.url);
    else host.report({ type: 'text', ...eventText(event) });
  };

  const follow = async (server: DevServer): Promise<number> => {
    const fast = server.reloader === 'fast';
    const stopKeys =
      fast && !host.options.json
        ? listenForKeys({ needsUpdate: () => [...state.needsUpdate.keys()], send: (command) => server.send(command), say })
        : () => undefined;
    try {
      await server.ready.catch((error: unknown) => {
        // The event has told it, and the server comes up when the code is mended.
        if (!isOpsError(error) || error.details['living'] !== true) throw error;
      });
      if (!fast) announce(server.url);
      const { code } = await server.exited;
      const gaveUp = state.phase.is === 'stopped' && state.phase.reason !== 'stopped';
      return host.signal.aborted || (code === 0 && !gaveUp) ? EXIT_CODES.done : EXIT_CODES.failed;
    } catch (error) {
      if (fast) await server.stop(); // Odoo's own reloader is left to show its log
      throw error;
    } finally {
      stopKeys();
    }
  };
  return { onEvent, follow };
}
