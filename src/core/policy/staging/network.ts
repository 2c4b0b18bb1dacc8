import type { Finding } from '../finding.ts';
import { settingOf, type OdooInstance } from '../odoo/instances.ts';
import { stagingFinding } from './finding.ts';

/** One that a proxy reaches its services by joins those that have nothing else in common. */
const PROXY_NETWORK = /proxy|traefik|caddy|nginx|ingress|public|web|edge|front/i;

function networkFindings(staging: OdooInstance, productions: readonly OdooInstance[]): Finding[] {
  for (const production of productions) {
    const isOneFile = production.file === staging.file;
    const shared = staging.networks.find(
      (own) =>
        !PROXY_NETWORK.test(own.outer_name ?? own.name) &&
        production.networks.some(
          (their) => (own.outer_name !== null && own.outer_name === their.outer_name) || (isOneFile && own.name === their.name),
        ),
    );
    const isDefault = isOneFile && staging.kind === 'compose' && staging.networks.length === 0 && production.networks.length === 0;
    if (!shared && !isDefault) continue;
    const network = shared ? `the network ${shared.outer_name ?? shared.name}` : 'the default network of the file';
    return [
      stagingFinding(staging, {
        severity: 'warning',
        message: `${staging.name} is staging and shares ${network} with ${production.name} of production.`,
        fix: 'Give staging a network of its own, with its own PostgreSQL and mail catcher.',
      }),
    ];
  }
  return [];
}

/** The server of the database: an option, libpq's variable, or that of the official image. */
function databaseHost(instance: OdooInstance) {
  return [
    settingOf(instance, 'db_host'),
    ...['PGHOST', 'HOST'].map((name) => instance.environment.find((variable) => variable.name === name)),
  ].find((said) => said?.value != null && said.value !== '');
}

const databaseName = (instance: OdooInstance): string | null | undefined =>
  (settingOf(instance, 'db_name') ?? instance.environment.find(({ name }) => name === 'PGDATABASE'))?.value;

/** Another machine: `db` and `localhost` are others in each environment. */
const isElsewhere = (host: string): boolean => /\.|:/.test(host) && !/^(?:127\.|0\.0\.0\.0|::1)|\.(?:localhost|local)$/.test(host);

function databaseFindings(staging: OdooInstance, productions: readonly OdooInstance[]): Finding[] {
  const own = databaseHost(staging);
  const host = own?.value;
  if (!own || host == null) return [];
  const production = productions.find(
    (other) => databaseHost(other)?.value === host && (isElsewhere(host) || (other.file === staging.file && staging.kind === 'compose')),
  );
  if (!production) return [];
  const [name, theirs] = [databaseName(staging), databaseName(production)];
  const isApart = name != null && theirs != null && name !== theirs;
  return [
    stagingFinding(own, {
      severity: isApart ? 'warning' : 'error',
      message: `${staging.name} is staging and has its database on ${host}, as ${production.name} of production${isApart ? '' : ', and nothing says that it is another one'}.`,
      fix: 'Give staging a PostgreSQL of its own; at the least a database and a role that owns no other.',
    }),
  ];
}

/** Staging cannot reach what production runs on. */
export const separationFindings = (staging: OdooInstance, productions: readonly OdooInstance[]): Finding[] => [
  ...networkFindings(staging, productions),
  ...databaseFindings(staging, productions),
];
