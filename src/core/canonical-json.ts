/**
 * JSON with sorted keys and no white space, so that equal values have equal bytes and so equal hashes
 * (RFC 8785 for the values that we store: strings, booleans, null, arrays, objects and safe integers).
 * @throws TypeError for a number that is not a safe integer: its text could differ between writers.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'number' && !Number.isSafeInteger(inner)) {
      throw new TypeError(`Canonical JSON holds safe integers only, not ${inner}.`);
    }
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}
