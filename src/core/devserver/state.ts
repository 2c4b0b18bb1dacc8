import type { DevEvent, ReloadKind } from './events.ts';

/** A place in a file; line and column count from 1. */
export interface Place {
  file: string;
  line: number | undefined;
  column: number | undefined;
}

export interface Failure {
  message: string;
  place: Place | undefined;
  phase: Extract<DevEvent, { type: 'failed' }>['phase'];
  /** Whether the last good code still answers. */
  serving: boolean;
}

/** What the server does now. A failure is beside it: the last good code may serve while it lasts. */
export type DevPhase =
  | { is: 'starting'; reason: string }
  | { is: 'ready' }
  | { is: 'reloading'; files: readonly string[] }
  | { is: 'updating'; modules: readonly string[] }
  | { is: 'waiting'; message: string }
  /** Nothing answers, and a change of the code will be tried. */
  | { is: 'broken' }
  | { is: 'stopped'; reason: 'stopped' | 'crash-loop' | 'failed'; message: string | undefined };

export interface LastReload {
  kind: ReloadKind;
  ms: number;
  files: readonly string[];
  /** Why it was not done in a cheaper way. */
  reason: string | undefined;
}

/** A development server as its events tell it: the fold of `afterEvent`, begun with `BEGINNING`. */
export interface DevState {
  readonly phase: DevPhase;
  /** Of the reload, update or start that went wrong last; cleared by the next one that goes well. */
  readonly failure: Failure | undefined;
  readonly lastReload: LastReload | undefined;
  /** Why each module needs an update, by its name, in the server's order. */
  readonly needsUpdate: ReadonlyMap<string, readonly string[]>;
  /** Where debugpy listens in the server that answers now. */
  readonly debugger: { host: string; port: number; pid: number } | undefined;
}

export const BEGINNING: DevState = {
  phase: { is: 'starting', reason: '' },
  failure: undefined,
  lastReload: undefined,
  needsUpdate: new Map(),
  debugger: undefined,
};

/** Views and assets are not the server's work, and a patch is over at once: neither ends a start, an update or a wait. */
function phaseAfterReload(phase: DevPhase, kind: ReloadKind): DevPhase {
  const busy = phase.is === 'starting' || phase.is === 'updating' || phase.is === 'waiting';
  return busy && (kind === 'view' || kind === 'assets' || kind === 'patch') ? phase : { is: 'ready' };
}

/** The state after an event. */
export function afterEvent(state: DevState, event: DevEvent): DevState {
  switch (event.type) {
    case 'starting':
      return { ...state, phase: { is: 'starting', reason: event.reason } };
    case 'ready':
      return { ...state, phase: { is: 'ready' }, failure: undefined };
    case 'reloading':
      return { ...state, phase: { is: 'reloading', files: event.files } };
    case 'reloaded': {
      const { kind, ms, files, reason } = event;
      // A stylesheet that is well says nothing of the Python file that is not; a view that is well does of itself.
      const elsewhere = (kind === 'view' || kind === 'assets') && !files.includes(state.failure?.place?.file ?? '');
      const failure = elsewhere ? state.failure : undefined;
      // Another process serves now, and says by itself where its own debugger listens.
      const listener = event.pid === undefined || event.pid === state.debugger?.pid ? state.debugger : undefined;
      return { ...state, phase: phaseAfterReload(state.phase, kind), failure, lastReload: { kind, ms, files, reason }, debugger: listener };
    }
    case 'failed': {
      const { message, file, line, column, phase, serving } = event;
      const place = file === undefined ? undefined : { file, line, column };
      return { ...state, phase: { is: serving ? 'ready' : 'broken' }, failure: { message, place, phase, serving } };
    }
    case 'needs-update':
      return { ...state, needsUpdate: new Map(event.modules.map((name) => [name, event.reasons[name] ?? []])) };
    case 'updating':
      return { ...state, phase: { is: 'updating', modules: event.modules } };
    case 'waiting':
      return { ...state, phase: { is: 'waiting', message: event.message } };
    case 'debugging':
      return { ...state, debugger: { host: event.host, port: event.port, pid: event.pid } };
    case 'stopped':
      return { ...state, phase: { is: 'stopped', reason: event.reason, message: event.message }, debugger: undefined };
    case 'notice':
      return state;
  }
}
