import { folderOf } from '../../config/paths.ts';
import { resolveContainers } from '../odoo/compose.ts';
import type { OdooInstance } from '../odoo/instances.ts';
import type { RepositoryFacts } from '../rule.ts';

const IMAGE = /(?:^|\/)(?:postgres|postgis|pgvector|timescaledb|postgresql)[^/]*$/;
/** `max_connections` where PostgreSQL is told nothing. */
const DEFAULT = 100;

/** How many connections the PostgreSQL beside an Odoo takes; null where the files do not tell. */
export function postgresLimit(facts: RepositoryFacts, { file }: OdooInstance): { name: string; connections: number } | null {
  const beside = resolveContainers(facts).filter(
    (container) => folderOf(container.file) === folderOf(file) && IMAGE.test(container.image?.value ?? ''),
  );
  const [server] = beside;
  if (!server || beside.length > 1) return null;
  // A file of its own may say it.
  if (server.words.some(({ value }) => value.includes('config_file')) || server.mounts.some(({ target }) => target.endsWith('.conf')))
    return null;
  const said = server.words.map(({ value }) => /max_connections=(\S+)/.exec(value)?.[1]).find((value) => value !== undefined);
  const connections = said === undefined ? DEFAULT : Number(said);
  return Number.isInteger(connections) ? { name: `service ${server.name}`, connections } : null;
}
