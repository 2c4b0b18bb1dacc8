import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRedactor, isSecretName, redactWords } from '../../../src/core/evidence/redact.ts';

const redact = createRedactor({
  DEPLOY_TOKEN: 's3cr3t-value',
  SHORT_TOKEN: 'abc',
  HOME: '/home/ana',
  OPS_DB: 'postgresql://ops:p4ssw0rd@db/ops',
});

describe('redaction', () => {
  for (const name of [
    'GITHUB_TOKEN',
    'PGPASSWORD',
    'DB_PASS',
    'SMTP_PASSWD',
    'AWS_SECRET_ACCESS_KEY',
    'SUPABASE_SERVICE_ROLE_KEY',
    'STRIPE_API_KEY',
    'STRIPE_KEY',
    'DATABASE_URL',
    'SENTRY_DSN',
    'SSH_PRIVATE_KEY',
    'GH_PAT',
    'CLIENT_SECRET',
    'SECRET_KEY_BASE',
    'GOOGLE_CREDENTIALS',
    'npm_auth_token',
    'TOKEN',
  ]) {
    it(`knows ${name} for a secret`, () => assert.equal(isSecretName(name), true));
  }
  for (const name of ['HOME', 'PATH', 'ODOO_STAGE', 'KEYBOARD', 'MONKEY', 'PASSENGER_COUNT', 'COMPAT', 'GITHUB_REF']) {
    it(`leaves ${name}`, () => assert.equal(isSecretName(name), false));
  }

  it('masks the values of secret variables, wherever they stand', () => {
    assert.equal(redact('curl -H "X: s3cr3t-value" https://x/s3cr3t-value/y'), 'curl -H "X: [redacted]" https://x/[redacted]/y');
    assert.equal(redact('abc /home/ana'), 'abc /home/ana');
  });

  it('masks the keys for an OpenTelemetry collector, with their names and alone, as written and as meant', () => {
    const clean = createRedactor({ OTEL_EXPORTER_OTLP_HEADERS: 'api-key=k%2Fvery-long,x-team=odoo-team' });
    assert.equal(clean('api-key=k%2Fvery-long,x-team=odoo-team'), '[redacted]');
    for (const value of ['k%2Fvery-long', 'k/very-long']) assert.equal(clean(`sent ${value}.`), 'sent [redacted].');
  });

  it('masks the longer of two secrets that overlap', () => {
    assert.equal(createRedactor({ A_TOKEN: 'secret', B_TOKEN: 'secret-and-more' })('secret-and-more'), '[redacted]');
  });

  it('masks each line of a secret with several', () => {
    assert.equal(createRedactor({ DEPLOY_KEY: 'line-one-1\nline-two-2' })('x line-two-2'), 'x [redacted]');
  });

  const shapes: [string, string][] = [
    ['GitHub', 'ghp_0123456789abcdefghijABCDEFGHIJ012345'],
    ['GitHub, fine-grained', 'github_pat_11ABCDEFG0123456789012_abcdef'],
    ['GitLab', 'glpat-0123456789abcdefghij'],
    ['Slack', ['xoxb', '123456789012', 'abcdef'].join('-')],
    ['Stripe', 'sk_live_0123456789abcdefgh'],
    ['AWS', 'AKIA0123456789ABCDEF'],
    ['JSON Web Token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U'],
  ];
  for (const [what, token] of shapes) {
    it(`masks a token of ${what}, although no variable holds it`, () => assert.equal(redact(`found ${token}!`), 'found [redacted]!'));
  }

  it('masks passwords in URLs and in assignments', () => {
    assert.equal(redact('postgresql://odoo:hunter2@db:5432/odoo'), 'postgresql://odoo:[redacted]@db:5432/odoo');
    assert.equal(redact('https://x-access-token:abc@github.com/a/b'), 'https://x-access-token:[redacted]@github.com/a/b');
    assert.equal(redact('https://0123456789abcdef0123456789abcdef@example.com/a.git'), 'https://[redacted]@example.com/a.git');
    assert.equal(redact('admin_passwd = "hunter22"'), 'admin_passwd = [redacted]');
    assert.equal(redact('password: hunter22, user: ana'), 'password: [redacted], user: ana');
    assert.equal(redact(JSON.stringify({ message: 'password="hunter22" x' })), '{"message":"password=[redacted] x"}');
    assert.equal(redact('ssh://git@example.com/a.git'), 'ssh://git@example.com/a.git');
  });

  it('masks a private key, also the lines after its first', () => {
    const key = [
      '-----BEGIN OPENSSH PRIVATE KEY-----',
      'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW',
      'QyNTUxOQAAACB',
      '-----END OPENSSH PRIVATE KEY-----',
    ];
    const text = redact(`before\n${key.join('\n')}\nafter`);
    assert.equal(text, 'before\n[redacted]\nafter');
    const lines = createRedactor({});
    assert.equal(
      key
        .map((line) => lines(line))
        .join('\n')
        .includes('b3BlbnNz'),
      false,
    );
  });

  it('leaves hashes and ordinary text alone', () => {
    const sha = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
    assert.equal(
      redact(`sha256 ${sha} at https://example.com:8069/web?x=1 12:30:00 a@b.c`),
      `sha256 ${sha} at https://example.com:8069/web?x=1 12:30:00 a@b.c`,
    );
  });

  it('never lets a secret through, whatever stands around it', () => {
    const secrets = fc
      .string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 30 })
      .filter((value) => value.trim() === value && !'[redacted]'.includes(value));
    fc.assert(
      fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
        // The mask as one character: together with what stands around it, it may spell anything.
        const clean = createRedactor({ MY_SECRET: secret })(`${before}${secret}${after}`).replaceAll('[redacted]', '\0');
        assert.equal(clean.includes(secret), false);
      }),
    );
  });

  it('reaches the words of a plan, and leaves what it is made of', () => {
    const sha = 'a'.repeat(40);
    const plan = {
      from: 'feature/s3cr3t-value',
      from_sha: sha,
      commits: [{ sha, subject: 'Use password="hunter22"', author: 's3cr3t-value' }],
      emergency: { reason: 's3cr3t-value' },
      lines: ['ERROR: connection postgresql://odoo:hunter2@db/odoo'],
    };
    assert.deepEqual(redactWords(plan, redact), {
      from: plan.from,
      from_sha: sha,
      commits: [{ sha, subject: 'Use password=[redacted]', author: '[redacted]' }],
      emergency: { reason: '[redacted]' },
      lines: ['ERROR: connection postgresql://odoo:[redacted]@db/odoo'],
    });
  });
});
