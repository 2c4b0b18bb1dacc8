import type { Reader } from '../../../core/policy/facts.ts';
import { secretFact, type SecretFact } from '../../../core/policy/secrets/facts.ts';
import { isQuiet } from '../../../core/policy/secrets/path.ts';
import { isPlaceholder } from '../../../core/policy/secrets/value.ts';
import { isCommonWord } from '../../../core/policy/secrets/words.ts';
import { lineIndex } from '../lines.ts';

/** Tokens whose form tells their provider, and that the rules of secretlint do not know. Keys for tests of Stripe may stand (§3.3). */
const FORMS: Readonly<Record<string, RegExp>> = {
  'A secret key of Supabase': /\bsb_secret_[\w-]{20,}/g,
  'An access token of Supabase': /\bsbp_[0-9a-f]{40}\b/g,
  'A live key of Stripe': /\b[sr]k_live_[A-Za-z0-9]{16,}/g,
  'A token of GitLab': /\bgl(?:pat|dt|rt|ptt|agent|soat)-[\w-]{20,}/g,
  'An API key of Google': /\bAIza[\w-]{35}(?![\w-])/g,
  'A token of PyPI': /\bpypi-AgE[\w-]{50,}/g,
  'A token of Docker Hub': /\bdckr_pat_[\w-]{27}/g,
  'A token of DigitalOcean': /\bdo[opr]_v1_[0-9a-f]{64}\b/g,
  'A key of Brevo': /\bxkeysib-[0-9a-f]{64}-\w{16}\b/g,
};
const ANY = /sb_secret_|sbp_|k_live_|gl(?:pat|dt|rt|ptt|agent|soat)-|AIza|pypi-AgE|dckr_pat_|do[opr]_v1_|xkeysib-/;

function secretsByOurForms(text: string): SecretFact[] {
  const at = lineIndex(text);
  return Object.entries(FORMS).flatMap(([name, form]) =>
    [...text.matchAll(form)].flatMap(({ 0: value, index }) => {
      const body = value.replace(/^[a-z]+[_-](?:secret_|live_|pat_|v1_)?/i, '');
      if (isPlaceholder(body) || isCommonWord(body)) return [];
      return [secretFact('code', { kind: 'token', name, value, range: at.range(index, index + value.length), certain: true })];
    }),
  );
}

/** Tokens of providers that secretlint does not know, in any text. */
export const secretFormsReader: Reader = {
  name: 'secret-forms',
  version: 1,
  everywhere: true,
  reads: (path) => !isQuiet(path),
  mayTell: (text) => ANY.test(text),
  read: (_path, text) => ({ secrets: secretsByOurForms(text) }),
};
