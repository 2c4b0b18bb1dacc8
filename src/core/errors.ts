/**
 * The one family of errors. Hosts decide by `code`, never by the words of the message:
 * the CLI turns it into an exit code, the extension into a notice.
 */
export type ErrorCode =
  | 'usage' // the caller asked for something that cannot be: unknown option, missing choice
  | 'config' // odoo-ops.yml (or another file that we read) is not what it should be
  | 'repository' // git repository, branch, commit or work tree is not in the state that is needed
  | 'refused' // a gate or a policy said no
  | 'locked' // somebody else holds the lease
  | 'moved' // the remote changed between plan and apply
  | 'unreachable' // a service (origin, control plane, Odoo, GitHub) does not answer
  | 'timeout' // a step took longer than it may
  | 'cancelled' // the person (or the host) aborted
  | 'rejected' // the control plane answers, and does not take this: trying again will not help
  | 'evidence' // evidence cannot be written, or does not verify
  | 'failed'; // anything else that went wrong while acting

/** Exit codes of the command line, as in the README. */
export const EXIT_CODES = { done: 0, failed: 1, usage: 2, refused: 3, unreachable: 4, cancelled: 130 } as const;

const EXIT_CODE_OF: Record<ErrorCode, number> = {
  usage: EXIT_CODES.usage,
  config: EXIT_CODES.usage,
  repository: EXIT_CODES.failed,
  refused: EXIT_CODES.refused,
  locked: EXIT_CODES.refused,
  moved: EXIT_CODES.refused,
  unreachable: EXIT_CODES.unreachable,
  timeout: EXIT_CODES.failed,
  cancelled: EXIT_CODES.cancelled,
  rejected: EXIT_CODES.failed,
  evidence: EXIT_CODES.failed,
  failed: EXIT_CODES.failed,
};

export interface OpsErrorOptions {
  /** What to do next, as one sentence for a person. */
  hint?: string;
  /** Machine-readable facts: refs, files, positions. Never secrets. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** An error that a person can act on: `message` says what is wrong, `hint` what to do. */
export class OpsError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: OpsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OpsError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

export function isOpsError(error: unknown, code?: ErrorCode): error is OpsError {
  return error instanceof OpsError && (code === undefined || error.code === code);
}

export function exitCodeOf(error: unknown): number {
  return isOpsError(error) ? EXIT_CODE_OF[error.code] : EXIT_CODES.failed;
}

/** Anything thrown, as an OpsError; an aborted operation becomes `cancelled`, whatever shape its library gave it. */
export function toOpsError(error: unknown): OpsError {
  if (isOpsError(error)) return error;
  if (error instanceof Error && error.name === 'AbortError') return new OpsError('cancelled', 'Cancelled.', { cause: error });
  if (error instanceof Error && error.name === 'TimeoutError') return new OpsError('timeout', 'Took longer than it may.', { cause: error });
  return new OpsError('failed', error instanceof Error ? error.message : String(error), { cause: error });
}
