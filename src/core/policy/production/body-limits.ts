import { folderOf } from '../../config/paths.ts';
import { bytesText } from '../../text.ts';
import type { BodyLimit } from '../facts.ts';
import type { Edit, Finding } from '../finding.ts';
import { factsOf, type RepositoryFacts } from '../rule.ts';
import { stageOfFile } from '../odoo/stage.ts';

export type LocatedLimit = BodyLimit & { file: string };

/** 50 MB as Caddy counts, and as nginx does. */
const ALLOWED: readonly (number | null)[] = [50 * 10 ** 6, 50 * 2 ** 20];

interface Product {
  name: string;
  value: string;
  fix: string;
  /** What is written behind the head of a site or server; left out where a person has to choose the place. */
  insertion?: (indent: string) => string;
}

const PRODUCTS: Readonly<Record<BodyLimit['product'], Product>> = {
  caddy: {
    name: 'Caddy',
    value: '50MB',
    fix: 'Write request_body { max_size 50MB } into the site.',
    insertion: (indent) => `\n${indent}request_body {\n${indent}\tmax_size 50MB\n${indent}}`,
  },
  nginx: {
    name: 'nginx',
    value: '50m',
    fix: 'Write client_max_body_size 50m; into the server.',
    insertion: (indent) => `\n${indent}client_max_body_size 50m;`,
  },
  traefik: {
    name: 'Traefik',
    value: '52428800',
    fix: 'Give the router a middleware with buffering.maxRequestBodyBytes: 52428800.',
  },
  ingress: {
    name: 'The Ingress of nginx',
    value: '50m',
    fix: 'Write the annotation nginx.ingress.kubernetes.io/proxy-body-size: 50m.',
  },
};

/** What Odoo's own sources bring is no proxy of the team: that of an IoT box, of the installer for Windows. */
function isOdoosOwn(file: string, manifests: ReadonlySet<string>): boolean {
  for (let folder = folderOf(file); folder !== ''; folder = folderOf(folder.slice(0, -1))) if (manifests.has(folder)) return true;
  return /(?:^|\/)setup\/win32\//.test(file);
}

/** The limit of `nginx/nginx.conf` for `nginx/conf.d/odoo.conf`, the nearest one; one of another folder may be another nginx. */
function generalFor(file: string, generals: readonly LocatedLimit[]): LocatedLimit | undefined {
  const covers = (folder: string): boolean => folderOf(file).startsWith(folder);
  return generals
    .filter((general) => {
      const own = folderOf(general.file);
      const parent = folderOf(own.slice(0, -1));
      return covers(own) || (parent !== '' && covers(parent));
    })
    .sort((one, other) => folderOf(other.file).length - folderOf(one.file).length)[0];
}

/** The limits that hold in production: a server that says nothing takes the limit that another file sets for all of nginx. */
export function limitsOfProduction(facts: RepositoryFacts): LocatedLimit[] {
  const manifests = new Set(facts.paths.filter((path) => path.endsWith('/__manifest__.py')).map(folderOf));
  const all = factsOf(facts, 'body_limits').filter(
    ({ file }) => [null, 'production'].includes(stageOfFile(file, facts.config)) && !isOdoosOwn(file, manifests),
  );
  const generals = all.filter((limit) => limit.general);
  const own = all
    .filter((limit) => !limit.general)
    .map((limit) => (limit.product === 'nginx' && !limit.said ? (generalFor(limit.file, generals) ?? limit) : limit));
  return [...new Set(own)];
}

function editsOf({ product, said, file, range }: LocatedLimit): Pick<Finding, 'edits'> {
  const { value, insertion } = PRODUCTS[product];
  const { start, end } = range;
  if (said) return { edits: [{ file, range, text: value }] satisfies Edit[] };
  if (!insertion) return {};
  const indent = product === 'caddy' ? '\t' : ' '.repeat(start.column - 1 + 4);
  return { edits: [{ file, range: { start: end, end }, text: insertion(indent) }] };
}

/** §8.3: requests of up to 50 MB, no less for uploads and no more for the memory of the workers. */
export function bodyFindings(limits: readonly LocatedLimit[]): Finding[] {
  return limits
    .filter(({ bytes }) => !ALLOWED.includes(bytes))
    .map((limit): Finding => {
      const { product, bytes, said, file, range } = limit;
      const { name, fix, value } = PRODUCTS[product];
      const lets = bytes === null ? 'lets requests of any size through to Odoo' : `takes requests of up to ${bytesText(bytes)}`;
      return {
        rule: 'production-limits',
        severity: 'error',
        file,
        range,
        message: `${name} ${lets}${said ? '' : ', since nothing here says otherwise'}: §8.3 has 50 MB.`,
        fix: said ? `Write ${value}.` : fix,
        ...editsOf(limit),
        paragraph: '§8.3',
        stage: 'production',
      };
    });
}
