/**
 * What a text must hold for a rule of secretlint to find something in it, by the name of the rule. To run all of them over a
 * repository of 10,000 files takes seconds; this takes a fraction, and few files are left. A test holds each against samples,
 * and fails for a rule that has none here.
 */
export const NEEDS: Readonly<Record<string, string>> = {
  aws: '(?:SECRET|[Ss]ecret)_?(?:ACCESS|[Aa]ccess)_?(?:KEY|[Kk]ey)',
  gcp: 'PRIVATE KEY',
  privatekey: 'PRIVATE KEY',
  npm: 'npm_|x-oauth-basic@|_authToken=',
  basicauth: '(?:http|ftp)s?://[-\\w]+:[-\\w]+@',
  slack: 'xox[abopr]-|xapp-|[Hh][Oo][Oo][Kk][Ss]\\.[Ss][Ll][Aa][Cc][Kk]\\.[Cc]',
  sendgrid: 'SG\\.\\w+\\.\\w',
  shopify: 'shp(?:pa|ca|at|ss)_',
  github: 'gh[pousr]_\\w{36}|github_pat_',
  openai: 'T3BlbkFJ',
  anthropic: 'sk-ant-',
  linear: 'lin_api_',
  '1password': 'ops_ey',
  'database-connection-string':
    '(?:[Mm][Oo][Nn][Gg][Oo][Dd][Bb](?:\\+[Ss][Rr][Vv])?|[Mm][Yy][Ss][Qq][Ll][Xx]?|[Pp][Oo][Ss][Tt][Gg][Rr][Ee][Ss](?:[Qq][Ll])?)://[^:/\\s]+:[^@/\\s]+@',
};

const ANY = new RegExp([...new Set(Object.values(NEEDS))].join('|'));
const EACH = new RegExp(ANY, 'g');

/** Whether secretlint could find something. */
export const mayHoldSecret = (text: string): boolean => ANY.test(text);

const MOST = 500;
const LONGEST = 20_000;

/** So much of a text as tells its first hundreds of secrets: secretlint compares each with each, and nobody reads more. */
export function beginning(text: string): string {
  let found = 0;
  for (const { index } of text.matchAll(EACH)) if (++found === MOST) return text.slice(0, index + LONGEST);
  return text;
}
