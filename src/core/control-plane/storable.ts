/** PostgreSQL's text holds neither NUL nor half a character; other people's words may. One such record must not hold up the rest. */
export const storableText = (text: string): string => text.replaceAll('\0', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');

/** The same value, with words that PostgreSQL can hold. */
export function storable<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? storableText(inner) : inner))) as T;
}
