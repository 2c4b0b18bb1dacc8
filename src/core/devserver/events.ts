import * as z from 'zod';

const files = z.array(z.string());
/** A place that cannot be right is left out: the rest of the event still tells something. */
const position = z.int().positive().optional().catch(undefined);
const milliseconds = z.number().nonnegative();

/** What the program in `src/devserver` says, each a JSON line. Fields that we do not know are dropped: it may be newer than we are. */
const devEventSchema = z.discriminatedUnion('type', [
  /** A (new) parent process is being made. */
  z.object({ type: z.literal('starting'), reason: z.string().default(''), files: files.default([]) }),
  /** The first server that can answer; again after every recovery from having none. */
  z.object({ type: z.literal('ready'), url: z.string(), pid: z.int(), ms: milliseconds, database: z.string() }),
  z.object({ type: z.literal('reloading'), files: files.default([]) }),
  z.object({
    type: z.literal('reloaded'),
    kind: z.enum(['patch', 'fork', 'parent', 'update', 'view', 'assets']),
    files: files.default([]),
    ms: milliseconds,
    /** Why it was not done in a cheaper way. */
    reason: z.string().optional(),
    pid: z.int().optional(),
  }),
  z.object({
    type: z.literal('failed'),
    message: z.string(),
    file: z.string().optional(),
    /** Counts from 1, as `column` does. */
    line: position,
    column: position,
    phase: z.enum(['start', 'reload', 'update', 'patch']),
    /** Whether the last good code still answers. */
    serving: z.boolean(),
  }),
  /** The whole list each time; empty where nothing is to do any more. */
  z.object({
    type: z.literal('needs-update'),
    modules: z.array(z.string()),
    reasons: z.record(z.string(), z.array(z.string())).default({}),
  }),
  z.object({ type: z.literal('updating'), modules: z.array(z.string()) }),
  /** It waits, and recovers by itself. */
  z.object({ type: z.literal('waiting'), for: z.enum(['postgresql']), message: z.string() }),
  z.object({ type: z.literal('notice'), level: z.enum(['info', 'warning']), message: z.string() }),
  /** debugpy listens in this server; again after each fork, on a new port. */
  z.object({ type: z.literal('debugging'), host: z.string(), port: z.int().min(1).max(65_535), pid: z.int() }),
  z.object({
    type: z.literal('stopped'),
    reason: z.enum(['stopped', 'crash-loop', 'failed']),
    message: z.string().optional(),
    code: z.int().default(0),
  }),
]);

/** One thing that happened in the development server. */
export type DevEvent = z.output<typeof devEventSchema>;
export type ReloadKind = Extract<DevEvent, { type: 'reloaded' }>['kind'];

const KNOWN = new Set<string>(devEventSchema.options.map(({ shape }) => shape.type.value));

/**
 * Reads one line of the event channel.
 * @returns the event; `ignored` where its type is none that we know (a newer program); `malformed`, with why, for anything else
 */
export function parseEvent(line: string): { event: DevEvent } | 'ignored' | { malformed: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { malformed: 'it is not JSON' };
  }
  const typed = z.object({ type: z.string() }).safeParse(value);
  if (typed.success && !KNOWN.has(typed.data.type)) return 'ignored';
  const parsed = devEventSchema.safeParse(value);
  return parsed.success ? { event: parsed.data } : { malformed: z.prettifyError(parsed.error).replaceAll(/\s+/g, ' ') };
}

/** What the development server can be asked for. */
export type DevCommand =
  | { command: 'update'; modules: readonly string[] }
  /** A new parent process. */
  | { command: 'restart' }
  /** A fresh child of the parent that there is. */
  | { command: 'reload' }
  /** Listen for a debugger; `debugging` answers. */
  | { command: 'debug' }
  | { command: 'stop' };

/** One line of the command channel. */
export const encodeCommand = (command: DevCommand): string => `${JSON.stringify(command)}\n`;
