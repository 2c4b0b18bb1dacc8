import type { DockerConnection } from './connect.ts';

/** What a host's environments of one project are made with. */
export interface DockerSettings {
  project: string;
  /** The image that Odoo stands on, by digest where it comes from a registry. Relays run in it too: it has a python3. */
  base: string;
  /** Where the repository lies in Odoo's containers: `/workspaces/odoo`. */
  workspaceFolder: string;
  /** How Odoo is started in it. */
  command: readonly string[];
  /** Who runs it there: a name of the image, or a number. Never root. */
  user: string;
  proxy: {
    image: string;
    ports: { http: number; https: number };
    /** Text of the configuration that it begins with (JSON). */
    configuration: string;
  };
  mail: {
    image: string;
    /** What runs in it; without one what the image says. */
    command?: readonly string[];
  };
  /** Container that is the database server; null where a relay leads to it. */
  databaseContainer: string | null;
}

/** What every part of the engine works with. */
export interface Host {
  readonly connection: DockerConnection;
  readonly settings: DockerSettings;
}

/** Names of what the environments of a project share. */
export const sharedName = (project: string, part: string): string => `odoo-ops-${project}-${part}`;

/** Odoo's places in its container. */
export const DATA_DIR = '/var/lib/odoo';
export const CONFIG_FOLDER = '/etc/odoo-ops';
export const CONFIG_FILE = `${CONFIG_FOLDER}/odoo.conf`;
export const HTTP_PORT = 8069;
export const GEVENT_PORT = 8072;
export const SMTP_PORT = 1025;
export const MAIL_ALIAS = 'mailpit';
export const DATABASE_ALIAS = 'database';
