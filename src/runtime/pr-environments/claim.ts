import { gitIn } from '../../adapters/git/git.ts';
import { isOpsError, OpsError } from '../../core/errors.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Workspace } from '../workspace.ts';
import type { Platform } from './platform.ts';

/**
 * Takes an environment over from whoever builds it, for as long as `use` runs. What is done in it ends with the person's wish, and where a newer
 * build takes it over in its turn.
 * @param use is told whether that happened
 */
export async function takeOver<T>(
  { server }: Platform,
  workspace: Workspace,
  identity: EnvironmentIdentity,
  use: (own: Workspace, superseded: () => boolean) => Promise<T>,
): Promise<T> {
  const { context, root } = workspace;
  const claim = await server.claim(identity, { wait: true }, context.signal);
  if (!claim) throw new TypeError('A claim that waits was refused.');
  try {
    const signal = AbortSignal.any([context.signal, claim.signal]);
    return await use({ ...workspace, git: gitIn(root, signal), context: { ...context, signal } }, () =>
      isOpsError(claim.signal.reason, 'moved'),
    );
  } finally {
    await claim.release();
  }
}

/**
 * Holds those of many environments that nobody builds, changes or removes right now.
 * @param use is told the signal of each that is held, by number: it fires where a build takes that one over
 */
export async function undisturbedOnes<T>(
  { server }: Platform,
  identities: readonly EnvironmentIdentity[],
  signal: AbortSignal,
  use: (held: ReadonlyMap<number, AbortSignal>) => Promise<T>,
): Promise<T> {
  const asked = await Promise.allSettled(
    identities.map(async (identity) => ({ number: identity.number, claim: await server.claim(identity, { wait: false }, signal) })),
  );
  const claims = asked.flatMap((one) => (one.status === 'fulfilled' && one.value.claim ? [{ ...one.value, claim: one.value.claim }] : []));
  try {
    const broken = asked.find((one) => one.status === 'rejected');
    if (broken) throw broken.reason;
    return await use(new Map(claims.map(({ number, claim }) => [number, AbortSignal.any([signal, claim.signal])])));
  } finally {
    await Promise.all(claims.map(({ claim }) => claim.release()));
  }
}

/** The same where nobody may be disturbed. @throws OpsError `locked` where somebody builds, changes or removes it */
export async function undisturbed<T>(
  { server }: Platform,
  identity: EnvironmentIdentity,
  signal: AbortSignal,
  use: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const claim = await server.claim(identity, { wait: false }, signal);
  if (!claim) {
    throw new OpsError('locked', `Environment ${identity.number} is being built or changed.`, { hint: 'Try again in a moment.' });
  }
  try {
    return await use(AbortSignal.any([signal, claim.signal]));
  } finally {
    await claim.release();
  }
}
