import type { OdooInstance } from './instances.ts';

/**
 * Whether an option that no file says may be said all the same: by an odoo.conf or variables that the repository does not hold, or by a
 * variable that an image's own entrypoint turns into it (`WORKERS`).
 */
export function mayBeHidden({ confs, mounts, environment, has_hidden_variables }: OdooInstance, option: string): boolean {
  if (environment.some(({ name }) => name === option.toUpperCase())) return true;
  if (confs.length > 0) return false;
  return has_hidden_variables || mounts.some(({ target }) => /^\/etc\/odoo(?:\/|$)|\.conf$/.test(target));
}
