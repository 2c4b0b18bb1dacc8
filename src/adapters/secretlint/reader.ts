import type { Position } from '../../core/config/parse.ts';
import type { Reader } from '../../core/policy/facts.ts';
import { secretFact, type SecretFact, type SecretPlace } from '../../core/policy/secrets/facts.ts';
import { judgeConnection, secretPart } from '../../core/policy/secrets/judgement.ts';
import { isQuiet } from '../../core/policy/secrets/path.ts';
import { isPlaceholder } from '../../core/policy/secrets/value.ts';
import { isCommonWord } from '../../core/policy/secrets/words.ts';
import { beginning, mayHoldSecret } from './prefilter.ts';

const PREFIX = '@secretlint/secretlint-rule-';
/** Comments that switch rules off: what may stand is said in odoo-ops.yml, with a reason and a day. */
const LEFT_OUT = 'filter-comments';

interface Title {
  kind: SecretFact['kind'];
  name: string;
  where?: SecretPlace;
}
const TITLES: Readonly<Record<string, Title>> = {
  aws: { kind: 'token', name: 'A secret access key of AWS' },
  gcp: { kind: 'private-key', name: 'The key of a service account of Google Cloud', where: 'key' },
  privatekey: { kind: 'private-key', name: 'A private key', where: 'key' },
  npm: { kind: 'token', name: 'A token of npm' },
  basicauth: { kind: 'connection', name: 'The password in a URL' },
  slack: { kind: 'token', name: 'A token or webhook of Slack' },
  sendgrid: { kind: 'token', name: 'A key of SendGrid' },
  shopify: { kind: 'token', name: 'A token of Shopify' },
  github: { kind: 'token', name: 'A token of GitHub' },
  openai: { kind: 'token', name: 'A key of OpenAI' },
  anthropic: { kind: 'token', name: 'A key of Anthropic' },
  linear: { kind: 'token', name: 'A key of Linear' },
  '1password': { kind: 'token', name: 'A token of 1Password' },
  'database-connection-string': { kind: 'connection', name: 'The password in a connection string' },
};

/** A webhook of Slack that is too short to be one, as documentation shows it. */
const MADE_UP = /^https:.*\/services\/(?:T\w{0,6}\/|T\w+\/B\w{0,6}\/|T\w+\/B\w+\/(?:\w{0,19}|(\w)\1*)$)/i;

/** Where one stands behind some text. */
function moved({ line, column }: Position, passed: string): Position {
  const lines = passed.split('\n');
  const last = lines.at(-1)?.length ?? 0;
  return lines.length === 1 ? { line, column: column + last } : { line: line + lines.length - 1, column: last + 1 };
}

/** What secretlint's rules find in a text. Its messages hold the values, and stay here. */
export async function secretsByForm(path: string, text: string): Promise<SecretFact[]> {
  if (!mayHoldSecret(text)) return [];
  const { lintSource, rules } = await import('./sdk.ts');
  const own = rules.filter(({ meta }) => meta.id !== `${PREFIX}${LEFT_OUT}`).map((rule) => ({ id: rule.meta.id, rule }));
  // The other extension that a rule asks for, `.p12`, would make it read that file from the disk by itself.
  const { messages } = await lintSource({
    source: { filePath: path, content: beginning(text), contentType: 'text', ext: path.endsWith('.json') ? '.json' : '' },
    options: { config: { rules: own }, noPhysicFilePath: true },
  });
  return messages.flatMap(({ ruleId, range, loc, data }): SecretFact[] => {
    const rule = ruleId.replace(PREFIX, '');
    const { kind, name, where = 'code' } = TITLES[rule] ?? { kind: 'token' as const, name: `A secret (${rule})` };
    // The value is told beside the place, which for some rules begins before it.
    const told = Object.values(data ?? {}).find((value) => typeof value === 'string');
    const start = told === undefined ? -1 : text.indexOf(told, range[0]);
    const [from, to] = told === undefined || start === -1 ? range : [start, start + told.length];
    const value = text.slice(from, to);
    const isHarmless = isPlaceholder(value) || isCommonWord(value) || MADE_UP.test(value);
    const judged = kind === 'connection' ? judgeConnection(value) : isHarmless ? null : { kind, certain: true };
    if (!judged) return [];
    const begin = moved({ line: loc.start.line, column: loc.start.column + 1 }, text.slice(range[0], from));
    const place = { start: begin, end: moved(begin, value) };
    return [secretFact(where, { ...judged, common: judged.common ?? false, name, value: secretPart(kind, value), range: place })];
  });
}

/** Private keys and the tokens of known providers, in any text. */
export const secretlintReader: Reader = {
  name: 'secretlint',
  version: 1,
  everywhere: true,
  reads: (path) => !isQuiet(path),
  mayTell: mayHoldSecret,
  read: async (path, text) => ({ secrets: await secretsByForm(path, text) }),
};
