import { caddyReader } from '../../adapters/formats/caddy.ts';
import { nginxReader } from '../../adapters/formats/nginx.ts';
import { odooConfReader } from '../../adapters/formats/odoo-conf.ts';
import { sqlReader } from '../../adapters/formats/sql.ts';
import { traefikReader } from '../../adapters/formats/traefik.ts';
import type { Reader } from '../../core/policy/facts.ts';

/** Every format that the rules know. A file may be read by several. */
export const READERS: readonly Reader[] = [odooConfReader, caddyReader, nginxReader, traefikReader, sqlReader];
