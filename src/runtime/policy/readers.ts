import { caddyReader } from '../../adapters/formats/proxies/caddy.ts';
import { nginxReader } from '../../adapters/formats/proxies/nginx.ts';
import { odooConfReader } from '../../adapters/formats/odoo-conf.ts';
import { cronCsvReader, odooXmlReader } from '../../adapters/formats/records/odoo-xml.ts';
import { pythonReader } from '../../adapters/formats/python/python.ts';
import { sqlReader } from '../../adapters/formats/sql/sql.ts';
import { traefikReader } from '../../adapters/formats/proxies/traefik.ts';
import { pythonSqlReader } from '../../adapters/formats/sql/python.ts';
import { javascriptSqlReader } from '../../adapters/formats/sql/javascript.ts';
import { shellSqlReader, workflowSqlReader } from '../../adapters/formats/sql/shell.ts';
import { n8nReader } from '../../adapters/formats/sql/n8n.ts';
import { requirementsReader } from '../../adapters/formats/requirements.ts';
import { dockerfileNeedsReader } from '../../adapters/formats/containers/dockerfile-needs.ts';
import { composeReader } from '../../adapters/formats/containers/compose.ts';
import { devcontainerReader } from '../../adapters/formats/containers/devcontainer.ts';
import { dockerfileReader } from '../../adapters/formats/containers/dockerfile.ts';
import { dotenvReader } from '../../adapters/formats/containers/dotenv.ts';
import { kubernetesReader } from '../../adapters/formats/containers/kubernetes.ts';
import { markdownReader } from '../../adapters/formats/containers/markdown.ts';
import { scriptsReader } from '../../adapters/formats/containers/scripts.ts';
import { workflowReader } from '../../adapters/formats/containers/workflow.ts';
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
