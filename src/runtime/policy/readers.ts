import { caddyReader } from '../../adapters/formats/caddy.ts';
import { nginxReader } from '../../adapters/formats/nginx.ts';
import { odooConfReader } from '../../adapters/formats/odoo-conf.ts';
import { cronCsvReader, odooXmlReader } from '../../adapters/formats/odoo-xml.ts';
import { pythonReader } from '../../adapters/formats/python.ts';
import { sqlReader } from '../../adapters/formats/sql.ts';
import { traefikReader } from '../../adapters/formats/traefik.ts';
import { pythonSqlReader } from '../../adapters/formats/sql-python.ts';
import { javascriptSqlReader } from '../../adapters/formats/sql-javascript.ts';
import { shellSqlReader, workflowSqlReader } from '../../adapters/formats/sql-shell.ts';
import { n8nReader } from '../../adapters/formats/n8n.ts';
import { requirementsReader } from '../../adapters/formats/requirements.ts';
import { dockerfileNeedsReader } from '../../adapters/formats/dockerfile-needs.ts';
import { composeReader } from '../../adapters/formats/compose.ts';
import { devcontainerReader } from '../../adapters/formats/devcontainer.ts';
import { dockerfileReader } from '../../adapters/formats/dockerfile.ts';
import { dotenvReader } from '../../adapters/formats/dotenv.ts';
import { kubernetesReader } from '../../adapters/formats/kubernetes.ts';
import { markdownReader } from '../../adapters/formats/markdown.ts';
import { scriptsReader } from '../../adapters/formats/scripts.ts';
import { workflowReader } from '../../adapters/formats/workflow.ts';
import type { Reader } from '../../core/policy/facts.ts';
import { SECRET_READERS } from './secret-readers.ts';

/** Every format that the rules know. A file may be read by several. */
export const READERS: readonly Reader[] = [
  odooConfReader,
  caddyReader,
  nginxReader,
  traefikReader,
  sqlReader,
  pythonSqlReader,
  javascriptSqlReader,
  shellSqlReader,
  workflowSqlReader,
  n8nReader,
  requirementsReader,
  dockerfileNeedsReader,
  pythonReader,
  odooXmlReader,
  cronCsvReader,
  composeReader,
  devcontainerReader,
  dockerfileReader,
  dotenvReader,
  kubernetesReader,
  markdownReader,
  scriptsReader,
  workflowReader,
  ...SECRET_READERS,
];
