import type { Reader } from '../../../core/policy/facts.ts';
import type { SecretFact } from '../../../core/policy/secrets/facts.ts';
import { secretIn } from '../../../core/policy/secrets/judgement.ts';
import { isQuiet, isTestPath } from '../../../core/policy/secrets/path.ts';
import { lineIndex } from '../lines.ts';

const CODE = /\.(?:py|[cm]?[jt]sx?|json|jsonc|json5|rb|go|php|java|vue|tf|tfvars|hcl|gradle|sql)$/i;

/** A literal under a name, as Python, JavaScript and JSON write it: `api_key = "…"`, `"apiKey": "…"`, `set_param('key', '…')`. */
const ASSIGNED =
  /(['"`]?)([A-Za-z_$][\w$.-]{0,60}?(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|key|PASS(?:WORD|WD|PHRASE)?|PWD|SECRET|TOKEN|CREDENTIALS?|KEY|Key|Secret|Token|Password)(?:[_.]\w{1,12})?)\1\s*(?::\s*(?:str|string)\s*)?(?:=>|[:=]|(?<=['"`]\s*),)\s*(['"`])([^'"`\s]{8,512})\3/g;
const MAY_HOLD = /(?:pass|word|pwd|secret|token|credential|key)['"`\w.]{0,14}\s*(?:=>|[:=,])\s*(?:(?:str|string)\s*=\s*)?['"`][^'"`\s]{8}/i;

/** `DB_PASSWORD` of a `containerEnv` in JSON is an environment; other names in programs need a value that only a generator makes. */
const scopeOf = (path: string, name: string): 'configuration' | 'code' =>
  /\.(?:jsonc?|json5|tfvars)$/i.test(path) && /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(name) ? 'configuration' : 'code';

function secretsOfCode(path: string, text: string): SecretFact[] {
  const at = lineIndex(text);
  return [...text.matchAll(ASSIGNED)].flatMap((match) => {
    const [all, , name = '', , value = ''] = match;
    const to = match.index + all.length - 1;
    return secretIn('code', scopeOf(path, name), name, value, () => at.range(to - value.length, to));
  });
}

/** Literals that a program gives to a credential. Not in tests, where such values are made up. */
export const secretCodeReader: Reader = {
  name: 'secret-code',
  version: 1,
  everywhere: true,
  reads: (path) => CODE.test(path) && !isQuiet(path) && !isTestPath(path) && !/\.min\.|\/dist\//.test(path),
  mayTell: (text) => MAY_HOLD.test(text),
  read: (path, text) => ({ secrets: secretsOfCode(path, text) }),
};
