const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  log: 'text/plain; charset=utf-8',
  md: 'text/plain; charset=utf-8',
  patch: 'text/plain; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

/** As what a file of evidence is stored: a browser shows texts, and runs nothing. */
export function contentType(path: string): string {
  return TYPES[path.slice(path.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}
