/**
 * Made at run time, from pieces: what looks like a secret in a file of this repository would be one to every scanner, ours too.
 */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** As a generator makes it, and the same for the same seed. */
export function randomText(length: number, seed = 1, alphabet = LETTERS): string {
  let state = seed * 2654435761;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return alphabet[Math.floor((state / 2 ** 32) * alphabet.length)] ?? '';
  }).join('');
}

/** JSON in base64 whose last brace stands alone, as tokens of 1Password end. */
const encoded = (): string =>
  Buffer.from(JSON.stringify({ key: randomText(120) }))
    .toString('base64')
    .replace(/=+$/, '');
const pem = (kind: string, body: string): string =>
  [`-----BEGIN ${kind}PRIVATE KEY-----`, ...(body.match(/.{1,64}/g) ?? []), `-----END ${kind}PRIVATE KEY-----`].join('\n');

/** For each rule of secretlint's preset: files that hold what it looks for. */
export const SAMPLES: Readonly<Record<string, readonly { path: string; text: string; value: string }[]>> = (() => {
  const sample = (value: string, around = 'x = VALUE\n', path = 'a.txt') => ({ path, text: around.replace('VALUE', () => value), value });
  const key = `MIIE${randomText(800)}`;
  const openSsh = `b3BlbnNzaC1rZXktdjE${randomText(400)}`;
  const password = randomText(14, 7);
  return {
    aws: [
      'AWS_SECRET_ACCESS_KEY=VALUE\n',
      'secretAccessKey: "VALUE"\n',
      "aws_secret_access_key = 'VALUE'\n",
      'SecretAccessKey => VALUE\n',
    ].map((around) => sample(randomText(40), around)),
    gcp: [{ path: 'account.json', text: JSON.stringify({ private_key_id: 'x', private_key: pem('', key) }), value: key.slice(0, 60) }],
    privatekey: [pem('RSA ', key), pem('', key), pem('EC ', key), pem('OPENSSH ', openSsh), JSON.stringify({ key: pem('', key) })].map(
      (text) => ({
        path: 'id.txt',
        text,
        value: (text.includes('OPENSSH') ? openSsh : key).slice(0, 60),
      }),
    ),
    npm: [
      sample(`npm_${randomText(36)}`),
      sample(randomText(36, 2), '//registry.npmjs.org/:_authToken=VALUE\n', '.npmrc'),
      sample(randomText(40, 3), '{"a": "https://VALUE:x-oauth-basic@github.com/a/b"}', 'package.json'),
    ],
    basicauth: ['http', 'https', 'ftp'].map((scheme) => sample(password, `${scheme}://ana:VALUE@shop.acme.ph/x\n`)),
    slack: [
      ...['b', 'p', 'a', 'o', 'r'].map((letter) => sample(`xox${letter}-${randomText(12)}-${randomText(24, 2)}`)),
      sample(`xapp-1-${randomText(11)}-${randomText(13, 2)}-${randomText(40, 3)}`),
      sample(randomText(24, 3), `https://hooks.slack.com/services/T${randomText(8)}/B${randomText(8, 2)}/VALUE\n`),
      sample(randomText(24, 3), `https://HOOKS.Slack.com/services/T${randomText(8)}/B${randomText(8, 2)}/VALUE\n`),
    ],
    sendgrid: [
      sample(`SG.${randomText(22)}.${randomText(43, 2)}`),
      sample(`SG.${randomText(22)}.${randomText(21, 2)}-${randomText(21, 3)}`),
    ],
    shopify: ['shppa', 'shpca', 'shpat', 'shpss'].map((kind) => sample(`${kind}_${randomText(32)}`)),
    github: [
      ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((kind) => sample(`${kind}_${randomText(36)}`)),
      sample(`github_pat_${randomText(22)}_${randomText(59, 2)}`),
    ],
    openai: [
      sample(`sk-${randomText(20)}T3BlbkFJ${randomText(20, 2)}`),
      ...['proj', 'svcacct', 'admin'].map((kind) => sample(`sk-${kind}-${randomText(74)}T3BlbkFJ${randomText(74, 2)}`)),
    ],
    anthropic: [sample(`sk-ant-api03-${randomText(93)}AA`), sample(`sk-ant-api04-${randomText(93)}AA`)],
    linear: [sample(`lin_api_${randomText(40)}`)],
    '1password': [sample(`ops_${encoded()}`)],
    'database-connection-string': [
      'postgres',
      'postgresql',
      'POSTGRESQL',
      'mysql',
      'mysqlx',
      'jdbc:mysql',
      'mongodb',
      'mongodb+srv',
      'MongoDB',
    ].map((scheme) => sample(password, `url ${scheme}://odoo:VALUE@db.acme.ph/odoo\n`)),
  };
})();
