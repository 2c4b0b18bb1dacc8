/** What a look at a starting server found. `undefined`: no answer (yet). */
export interface ReadinessFacts {
  /** HTTP status of `/web/health?db_server_status=1`. */
  health: number | undefined;
  /** HTTP status of `/web/login`. */
  login: number | undefined;
  /** Where `/web/login` wants to send us, if it does. */
  loginLocation: string | undefined;
}

export type Readiness =
  | { state: 'ready' }
  | { state: 'waiting'; reason: string }
  /** It answers, and waiting longer does not mend it. */
  | { state: 'wrong'; reason: string; hint: string };

/**
 * `/web/health` alone is liveness, and it pings the database `postgres` only; `/web/login` needs our database's registry.
 * With `-d`, Odoo 19 answers nothing until it has tried to load that registry. Where the load failed, the process lives on and
 * answers 500 to everything (measured), so an error of `/web/login` is final.
 */
export function decideReadiness({ health, login, loginLocation }: ReadinessFacts): Readiness {
  if (health === undefined) return { state: 'waiting', reason: 'The server does not answer yet.' };
  if (loginLocation?.includes('/web/database/')) {
    return {
      state: 'wrong',
      reason: 'Odoo shows its database selector instead of the login page.',
      hint: 'The database is gone, or Odoo connects to another PostgreSQL or as another role than it should.',
    };
  }
  if (login !== undefined && login >= 500) {
    return {
      state: 'wrong',
      reason: `The login page answers ${login}: Odoo cannot load the database.`,
      hint: 'Mend what the log says; Odoo tries again when a Python file changes.',
    };
  }
  // /web/health is served without the module `web` too, which Odoo always loads for the server as a whole (measured).
  if (login === 404) {
    return { state: 'wrong', reason: 'There is no login page.', hint: 'Install the module `web` in this database.' };
  }
  if (health === 200 && login === 200) return { state: 'ready' };
  return { state: 'waiting', reason: `/web/health answers ${health}, /web/login ${login ?? 'nothing'}.` };
}
