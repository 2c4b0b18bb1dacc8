import { hashPassword } from '../../adapters/caddy/password.ts';
import { OpsError } from '../../core/errors.ts';
import type { EnvironmentIdentity } from '../../core/pr-environments/identity.ts';
import type { Access } from '../../core/pr-environments/proxy.ts';
import type { Stamp } from '../../core/pr-environments/thing.ts';
import type { Platform } from './platform.ts';

/**
 * User and password that people open environments with; null where another way in is configured.
 * @throws OpsError `usage` where no password is set: a copy of staging is not opened to everybody by a variable that is missing
 */
export function requireDoor({ config, variables }: Pick<Platform, 'config' | 'variables'>): { user: string; password: string } | null {
  const { access } = config.pull_requests;
  if (access === 'public' || 'forward_auth' in access) return null;
  const password = variables[access.password_env] ?? '';
  if (password === '') {
    throw new OpsError('usage', `${access.password_env} is not set: nobody could open an environment.`, {
      hint: `Set it to the password that people open environments with (user ${access.user}), or choose another pull_requests.access in odoo-ops.yml.`,
      details: { variable: access.password_env },
    });
  }
  return { user: access.user, password };
}

/** Who may come in, as the proxy takes it. @throws OpsError `usage` as `requireDoor` */
async function accessOf(platform: Pick<Platform, 'config' | 'variables'>): Promise<Access> {
  const { access } = platform.config.pull_requests;
  const door = requireDoor(platform);
  if (door) return { kind: 'basic', user: door.user, hash: await hashPassword(door.password) };
  return typeof access === 'object' && 'forward_auth' in access ? { kind: 'forward', url: access.forward_auth } : { kind: 'public' };
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
