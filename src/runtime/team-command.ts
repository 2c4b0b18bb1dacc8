import { gitIn } from '../adapters/git/git.ts';
import { withCheckout } from '../adapters/git/work-tree.ts';
import { runCommand } from '../adapters/process/command.ts';
import { secretVariables, type Config } from '../core/config/schema.ts';
import { isSecret } from '../core/evidence/redact.ts';
import type { Sha } from '../core/repository/names.ts';
import type { Workspace } from './workspace.ts';

export interface TeamCommand {
  run: string | readonly string[];
  /** Secret variables that it may see. */
  env: readonly string[];
}

/**
 * Runs a team's own command in a check-out of a commit. It is the commit's code that runs, so it sees no variable that is named like
 * a secret, but those that the configuration lets it have.
 * @param config the configuration that the command stands in
 * @param variables what it is told of the act
 * @returns the exit code; -1 where a signal ended it
 */
export async function runTeamCommand(
  workspace: Workspace,
  sha: Sha,
  { run, env }: TeamCommand,
  config: Config,
  variables: Readonly<Record<string, string>>,
  { signal, onLine }: { signal: AbortSignal; onLine: (line: string) => void },
): Promise<number> {
  return withCheckout(gitIn(workspace.root, signal), sha, (cwd) => {
    onLine(`$ ${typeof run === 'string' ? run : run.join(' ')}`);
    const visible = visibleEnvironment(workspace.environment, secretVariables(config), env);
    return runCommand(run, { cwd, env: { ...visible, ...variables }, signal, onLine });
  });
}

function visibleEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  hidden: readonly string[],
  allowed: readonly string[],
): Record<string, string> {
  const entries = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (allowed.includes(entry[0]) || (!hidden.includes(entry[0]) && !isSecret(entry[0], entry[1]))),
  );
  return Object.fromEntries(entries);
}
