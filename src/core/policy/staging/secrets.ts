import type { Finding } from '../finding.ts';
import type { OdooInstance } from '../odoo/instances.ts';
import { credentialKind } from '../secrets/name.ts';
import { isPlaceholder } from '../secrets/value.ts';
import { saidBy } from './integrations.ts';
import { stagingFinding } from './finding.ts';

/** A word of its own, and not in `NON_PROD` or `PRE_PRODUCTION`. */
const PRODUCTION = /(?:^|_)(?<!(?:^|_)(?:NON|NOT|PRE)_)(?:PROD|PRODUCTION|LIVE)(?:_|$)/;
const ADDRESS = /(?:^|_)(?:URL|URI|DSN|HOST|DB|DATABASE|(?<!PUBLIC_)KEY)(?:_|$)/;

const wordsOf = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
const namesProduction = (name: string): boolean =>
  PRODUCTION.test(wordsOf(name)) && (credentialKind(name) !== null || ADDRESS.test(wordsOf(name)));

/** Odoo's own options that are credentials, and what a team calls so. */
const isCredential = (name: string): boolean => name === 'admin_passwd' || credentialKind(name) !== null;

function nameFindings({ name: odoo, environment }: OdooInstance): Finding[] {
  return environment.flatMap(({ name, from, file, range }) => {
    const production = [name, from ?? ''].find(namesProduction);
    if (production === undefined) return [];
    return [
      stagingFinding(
        { file, range },
        {
          message:
            production === name
              ? `${odoo} is staging and has ${name}, which names production.`
              : `${odoo} is staging and takes ${name} from ${production}, which names production.`,
          fix: 'Give staging a secret of its own, under a name of its own.',
        },
      ),
    ];
  });
}

/** The same credential in both: written down, or taken from one place by one file. */
function sharedFindings(staging: OdooInstance, productions: readonly OdooInstance[]): Finding[] {
  const theirs = productions.flatMap((production) => saidBy(production).map((said) => ({ ...said, odoo: production.name })));
  const written = saidBy(staging).flatMap(({ name, value, file, range }) => {
    if (!isCredential(name) || value === null || value === '' || isPlaceholder(value)) return [];
    // What one file tells both Odoos is found there once, and a file of no stage is told by other rules.
    const other = theirs.find((their) => isCredential(their.name) && their.value === value);
    if (!other) return [];
    const where = other.file === file ? '' : ` in ${other.file}`;
    return [
      stagingFinding(
        { file, range },
        {
          message: `${name} of ${staging.name} is the same as ${other.name} of ${other.odoo}${where}.`,
          fix: 'Give staging a credential of its own.',
        },
      ),
    ];
  });
  // Another file is read on another machine: there the same name may well hold another value.
  const taken = staging.environment.flatMap(({ name, from, file, range }) => {
    const other = productions.find(
      (production) => production.kind !== 'workflow' && production.environment.some((their) => their.from === from && their.file === file),
    );
    if (from === null || !isCredential(name) || !other || namesProduction(from)) return [];
    return [
      stagingFinding(
        { file, range },
        {
          message: `${staging.name} takes ${name} from ${from}, as ${other.name} does.`,
          fix: 'Give staging a secret of its own, under a name of its own.',
        },
      ),
    ];
  });
  return [...written, ...taken];
}

/** Staging holds no secret of production, neither by name nor by value. */
export const secretFindings = (staging: OdooInstance, productions: readonly OdooInstance[]): Finding[] => [
  ...nameFindings(staging),
  ...sharedFindings(staging, productions),
];
