import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type Document, type Node, type YAMLMap } from 'yaml';
import type { Reader } from '../../../core/policy/facts.ts';
import type { Range } from '../../../core/policy/finding.ts';
import { secretFact, type SecretFact } from '../../../core/policy/secrets/facts.ts';
import { judge, secretIn, secretPart, type Scope } from '../../../core/policy/secrets/judgement.ts';
import { CONNECTION, MAY_ASSIGN_YAML } from '../../../core/policy/secrets/name.ts';
import { isQuiet, withoutTemplate } from '../../../core/policy/secrets/path.ts';
import { isCommonWord } from '../../../core/policy/secrets/words.ts';
import { isPlaceholder, looksRandom } from '../../../core/policy/secrets/value.ts';
import { lineIndex } from '../lines.ts';

/** Keys whose maps and lists are environments: of Compose, Kubernetes, workflows, dev containers. */
const ENVIRONMENTS = new Set([
  'environment',
  'env',
  'containerEnv',
  'remoteEnv',
  'args',
  'build_args',
  'variables',
  'envs',
  'extraEnv',
  'extraEnvVars',
]);

/** Where a walk is: the words of the path that matter. */
interface Place {
  name: string;
  scope: Scope;
}

type Found = (scope: Scope, name: string, value: string, node: Node) => void;

const text = (node: unknown): string | null =>
  isScalar(node) && ['string', 'number'].includes(typeof node.value) ? String(node.value) : null;

function walk(node: unknown, place: Place, found: Found): void {
  if (isMap(node)) {
    const name = text(node.get('name', true));
    const value = node.get('value', true);
    // `{ name: DB_PASSWORD, value: … }`, as Kubernetes and Helm write a variable
    if (name !== null && isScalar(value) && text(value) !== null) found(place.scope, name, text(value) ?? '', value);
    for (const { key, value: inner } of node.items) {
      const own = text(key) ?? '';
      // What a description of an API shows
      if (own === 'example' || own === 'examples') continue;
      const scope = ENVIRONMENTS.has(own) || /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(own) ? 'environment' : place.scope;
      const written = text(inner);
      if (written !== null) found(scope, own, written, inner as Node);
      else if (!isAlias(inner)) walk(inner, { name: own, scope }, found);
    }
  } else if (isSeq(node)) {
    for (const item of node.items) {
      const written = text(item);
      if (written === null) walk(item, place, found);
      else {
        // `- DB_PASSWORD=…` of Compose, `--db_password=…` of a command
        const [, name, value] = /^(?:--)?([A-Za-z_][\w-]*)=(.*)$/s.exec(written) ?? [];
        found(name?.includes('passw') ? 'environment' : place.scope, name ?? place.name, value ?? written, item as Node);
      }
    }
  }
}

const isSealed = (document: Document): boolean =>
  isMap(document.contents) &&
  (document.contents.has('sops') || ['SealedSecret', 'ExternalSecret', 'SecretStore'].includes(String(document.get('kind'))));

/** `data` (base64) and `stringData` of a Secret of Kubernetes. */
function secretsOfManifest(root: YAMLMap, range: (node: Node) => Range): SecretFact[] {
  const called = root.getIn(['metadata', 'name']);
  return (['data', 'stringData'] as const).flatMap((section) => {
    const map = root.get(section, true) as unknown;
    if (!isMap(map)) return [];
    return map.items.flatMap(({ key, value: node }): SecretFact[] => {
      const [name, written] = [text(key) ?? '', text(node)];
      if (written === null || isPlaceholder(written)) return [];
      const value = section === 'data' ? Buffer.from(written, 'base64').toString('latin1') : written;
      if (isPlaceholder(value) || isCommonWord(value)) return [];
      const judged = judge(name, value, 'environment');
      const isKey = /-----BEGIN [A-Z ]*PRIVATE KEY/.test(value);
      if (!judged && !isKey && !looksRandom(value)) return [];
      const kind = isKey ? 'private-key' : (judged?.kind ?? 'token');
      const where = `${name} of the Secret ${typeof called === 'string' ? called : 'in this file'}`;
      return [
        secretFact('manifest', {
          kind,
          name: where,
          value: isKey ? written : secretPart(kind, value),
          range: range(node as Node),
          certain: isKey,
        }),
      ];
    });
  });
}

function secretsOfYaml(source: string): SecretFact[] {
  // A template of Helm or Jinja is no YAML before it is filled in; what stands in braces comes from elsewhere.
  const yaml = /\{\{|\{%/.test(source) ? source.replace(/^[ \t]*\{[{%].*[%}]\}[ \t]*\r?$/gm, (line) => '#'.padEnd(line.length)) : source;
  const at = lineIndex(source);
  const range = (node: Node): Range => {
    const [from = 0, to = from] = node.range ?? [];
    const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
    return at.range(quoted ? from + 1 : from, quoted ? to - 1 : to);
  };
  const secrets: SecretFact[] = [];
  const documents = parseAllDocuments(yaml, { logLevel: 'silent', uniqueKeys: false });
  for (const document of Array.isArray(documents) ? documents : []) {
    if (isSealed(document)) continue;
    const root: unknown = document.contents;
    if (isMap(root) && root.get('kind') === 'Secret') secrets.push(...secretsOfManifest(root, range));
    else {
      walk(root, { name: '', scope: 'configuration' }, (scope, name, value, node) => {
        // encrypted by Ansible, or filled in by whoever reads the file
        if (node.tag?.startsWith('!') === true && !node.tag.startsWith('!!')) return;
        secrets.push(...secretIn('environment', scope, name, value, () => range(node)));
      });
    }
  }
  return secrets;
}

/** Secrets in YAML: compose files, workflows, manifests and values of Kubernetes, playbooks. */
export const secretYamlReader: Reader = {
  name: 'secret-yaml',
  version: 1,
  everywhere: true,
  reads: (path) => !isQuiet(path) && /\.ya?ml$/i.test(withoutTemplate(path)),
  mayTell: (source) =>
    !/^kind: CustomResourceDefinition/m.test(source) &&
    (MAY_ASSIGN_YAML.test(source) || CONNECTION.test(source) || /^kind:\s*["']?Secret\b/m.test(source)),
  read: (_path, source) => ({ secrets: secretsOfYaml(source) }),
};
