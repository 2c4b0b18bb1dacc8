import { simpleGit, type SimpleGitOptions } from 'simple-git';
import { OpsError, toOpsError } from '../../core/errors.ts';

/** Runs git in one repository. Every argument is a list item: no shell ever sees it. */
export interface Git {
  /** Top folder of the work tree. */
  readonly root: string;
  readonly signal: AbortSignal;
  /**
   * Standard output of a git command.
   * @throws GitFailure where git ends with another code than 0; OpsError `cancelled` or `timeout`
   */
  run: (args: string[], options?: GitRunOptions) => Promise<string>;
}

export interface GitRunOptions {
  env?: Record<string, string>;
  /** Milliseconds; 60 s unless told. */
  timeout?: number;
}

/** A git command that failed; adapters turn the cases that they expect into something better. */
export class GitFailure extends OpsError {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(args: readonly string[], exitCode: number, stdout: string, stderr: string) {
    const reason = explain(stderr);
    super(reason.code, reason.message ?? `git ${args[0] ?? ''} failed: ${firstLine(stderr) || `exit code ${exitCode}`}`, {
      ...(reason.hint === undefined ? {} : { hint: reason.hint }),
      details: { command: args[0], stderr: stderr.slice(0, 2000) },
    });
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

const firstLine = (text: string): string =>
  (text.split('\n').find((line) => /^(?:fatal|error|remote):/.test(line)) ?? text.split('\n')[0] ?? '')
    .replace(/^(?:fatal|error): /, '')
    .trim();

// Messages are git's own English: LC_ALL=C below.
function explain(stderr: string): { code: 'unreachable' | 'repository'; message?: string; hint?: string } {
  if (/terminal prompts disabled|Authentication failed|Permission denied \(publickey|could not read Username/.test(stderr)) {
    return {
      code: 'unreachable',
      message: `The remote refuses the sign-in: ${firstLine(stderr)}`,
      hint: 'Sign in with git once (git fetch), or check the token of this machine.',
    };
  }
  if (
    /Could not resolve host|unable to access|Could not read from remote|Connection (?:refused|timed out|reset)|does not appear to be a git repository/i.test(
      stderr,
    )
  ) {
    return {
      code: 'unreachable',
      message: `The remote does not answer: ${firstLine(stderr)}`,
      hint: 'Check the network and `git remote -v`, then try again.',
    };
  }
  if (stderr.includes('detected dubious ownership')) {
    return { code: 'repository', hint: 'The folder belongs to another user. See git config safe.directory.' };
  }
  return { code: 'repository' };
}

// A hook that called us sets these for its own repository; ours is named by its folder.
const HOOK_VARIABLES = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY', 'GIT_PREFIX', 'GIT_COMMON_DIR'];

/** The environment of each git process: nothing asks questions, messages are English, no lock is taken for a mere look, and objects are what every other clone has. */
export function gitEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !HOOK_VARIABLES.includes(entry[0]),
  );
  return {
    ...Object.fromEntries(inherited),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    LC_ALL: 'C',
    ...extra,
  };
}

// simple-git refuses variables such as EDITOR or GIT_SSH_COMMAND where it does not know who set them. Here the person's own
// environment is handed on as it is; arguments stay under its guard, and outside words pass `branchNameSchema` before.
const OWN_ENVIRONMENT: NonNullable<SimpleGitOptions['unsafe']> = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeDiffExternal: true,
  allowUnsafeEditor: true,
  allowUnsafeExec: true,
  allowUnsafeGitProxy: true,
  allowUnsafePager: true,
  allowUnsafeProtocolOverride: true,
  allowUnsafeSshCommand: true,
  allowUnsafeTemplateDir: true,
};

/** Author of the commits that only carry the platform's own data: leases and evidence. */
export const OWN_IDENTITY = {
  GIT_AUTHOR_NAME: 'odoo-ops',
  GIT_AUTHOR_EMAIL: 'odoo-ops@localhost',
  GIT_COMMITTER_NAME: 'odoo-ops',
  GIT_COMMITTER_EMAIL: 'odoo-ops@localhost',
};

/** simple-git waits 50 ms more for the words of a command that said none; most of ours say none. So here is one, of no bytes. */
const endsSilently = (_command: string, stdout: NodeJS.ReadableStream): void =>
  void stdout.once('end', () => stdout.emit('data', Buffer.alloc(0)));

/** As `signal.throwIfAborted`, but a signal that ran out of time is a timeout and not a cancel. */
function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw toOpsError(signal.reason);
}

/** Git in a folder. One simple-git instance a command: its abort signal belongs to the instance. */
export function gitIn(root: string, signal: AbortSignal): Git {
  return {
    root,
    signal,
    run: async (args, { env = {}, timeout = 60_000 } = {}) => {
      throwIfAborted(signal);
      let failure: GitFailure | undefined;
      const deadline = AbortSignal.timeout(timeout);
      const environment = gitEnvironment(env);
      const git = simpleGit({
        baseDir: root,
        abort: AbortSignal.any([signal, deadline]),
        unsafe: OWN_ENVIRONMENT,
        allowEnvironment: Object.keys(environment),
        errors: (error, { exitCode, stdOut, stdErr }) => {
          if (exitCode === 0 && error === undefined) return undefined;
          failure = new GitFailure(args, exitCode, Buffer.concat(stdOut).toString(), Buffer.concat(stdErr).toString());
          return failure;
        },
      });
      try {
        return await git.env(environment).outputHandler(endsSilently).raw(args);
      } catch (error) {
        throwIfAborted(signal);
        if (deadline.aborted) {
          throw new OpsError('timeout', `git ${args[0] ?? ''} took longer than ${timeout / 1000} s.`, { cause: error });
        }
        throw failure ?? new OpsError('repository', error instanceof Error ? error.message : String(error), { cause: error });
      }
    },
  };
}
