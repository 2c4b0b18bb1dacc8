import { hashPassword } from '../../adapters/caddy/password.ts';
import { OpsError } from '../../core/errors.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Access } from '../../core/pr-environments/proxy.ts';
import type { Stamp } from '../../core/pr-environments/thing.ts';
import type { Platform } from './platform.ts';

/**
 * Who may come in, as the proxy takes it.
 * @throws OpsError `usage` where no password is set: a copy of staging is not opened to everybody by a variable that is missing
 */
export async function accessOf({ config, variables }: Pick<Platform, 'config' | 'variables'>): Promise<Access> {
  const { access } = config.pull_requests;
  if (access === 'public') return { kind: 'public' };
  if ('forward_auth' in access) return { kind: 'forward', url: access.forward_auth };
  const password = variables[access.password_env] ?? '';
  if (password === '') {
    throw new OpsError('usage', `${access.password_env} is not set: nobody could open an environment.`, {
      hint: `Set it to the password that people open environments with (user ${access.user}), or choose another pull_requests.access in odoo-ops.yml.`,
      details: { variable: access.password_env },
    });
  }
  return { kind: 'basic', user: access.user, hash: await hashPassword(password) };
}

/** Leads an environment's host to its Odoo, or to the page that wakes it. Nothing where the engine has no proxy. */
export async function leadTo(
  platform: Platform,
  { identity, stamp }: { identity: EnvironmentIdentity; stamp: Stamp },
  state: 'awake' | 'asleep',
  signal: AbortSignal,
): Promise<void> {
  if (!platform.proxy) return;
  const upstream = state === 'awake' ? platform.engine.upstream(identity) : null;
  await platform.proxy.put({ identity, stamp, access: await accessOf(platform), upstream }, signal);
}
