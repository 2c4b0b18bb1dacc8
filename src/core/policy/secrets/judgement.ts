import { secretFact, type SecretFact, type SecretPlace } from './facts.ts';
import type { Range } from '../finding.ts';
import { CONNECTION, credentialKind } from './name.ts';
import { isCommonWord } from './words.ts';
import { isPlaceholder, looksRandom, looksSecret, withoutVariable } from './value.ts';

/**
 * How much a name tells: in an environment or odoo.conf `password` is a password and nothing else;
 * in other configuration it may be a label; in a program it is mostly a name of something.
 */
export type Scope = 'environment' | 'configuration' | 'code';

const HASH = /^\$(?:pbkdf2-sha\d+|pbkdf2|2[abxy]|argon2(?:id?|d)|scrypt|[156]|apr1|y)\$\S{28,}/;

/** What a value under a name tells: null where it is no secret, or where its name does not say. */
export function judge(name: string, written: string, scope: Scope): Pick<SecretFact, 'kind' | 'certain' | 'common'> | null {
  const value = withoutVariable(written);
  if (isPlaceholder(value)) return null;
  const kind = credentialKind(name);
  if (kind === 'password' && HASH.test(value.replaceAll('$$', '$'))) return { kind: 'hash', certain: true };
  if (kind === null || value.includes('://')) return judgeConnection(value);
  if (isCommonWord(value) || isPublicKey(value))
    return scope === 'environment' && kind === 'password' && /^\S+$/.test(value) ? { kind, certain: false, common: true } : null;
  if (scope === 'code') return looksRandom(value) ? { kind, certain: false } : null;
  const isPassword = scope === 'environment' && kind === 'password' && /^\S{4,}$/.test(value);
  return isPassword || looksSecret(value) ? { kind, certain: false } : null;
}

/** A URL with the password of somebody in it. */
export function judgeConnection(value: string): ReturnType<typeof judge> {
  const [, , user = '', password = ''] = CONNECTION.exec(value) ?? [];
  const plain = withoutVariable(password);
  // A port, the user's name once more, a letter or two in the documentation of a format
  if (plain.length < 4 || isPlaceholder(plain) || /^[$%{<[]|[}>\]]$/.test(plain) || /^(?:\d{2,5}|pass(?:word)?)$/i.test(plain)) return null;
  if (isPlaceholder(user) && user !== '') return null;
  if (isCommonWord(plain) || plain.toLowerCase() === user.toLowerCase()) return { kind: 'connection', certain: false, common: true };
  return { kind: 'connection', certain: false };
}

/** What is shown masked: of a connection the password, of `${NAME:-default}` the default. */
export function secretPart(kind: SecretFact['kind'], written: string): string {
  const value = withoutVariable(written);
  return kind === 'connection' ? withoutVariable(CONNECTION.exec(value)?.[3] ?? value) : value;
}

/**
 * The fact of a name and its value, where there is one.
 * @param title of what holds it, for people
 * @param name by which it is judged, where that is another
 */
export function secretIn(place: SecretPlace, scope: Scope, title: string, written: string, range: () => Range, name = title): SecretFact[] {
  const judged = judge(name, written, scope);
  if (!judged) return [];
  const called = judged.kind === 'connection' ? `The password in ${title}` : title;
  return [
    secretFact(place, { ...judged, common: judged.common ?? false, name: called, value: secretPart(judged.kind, written), range: range() }),
  ];
}

/** The demonstration keys of Supabase, and tokens that say of themselves that they are for a test. */
function isPublicKey(value: string): boolean {
  const [, body] = /^eyJ[\w-]+\.(ey[\w-]+)\.[\w-]+$/.exec(value) ?? [];
  if (body === undefined) return false;
  try {
    return /"(?:iss|ref)":"supabase-demo"|"role":"anon"/.test(atob(body.replaceAll('-', '+').replaceAll('_', '/')).replace(/\s/g, ''));
  } catch {
    return false;
  }
}
