import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { commentBody, commentMarker, commitStatus, type EnvironmentNews } from '../../../src/core/pr-environments/comment.ts';
import { plainText } from '../../../src/core/text.ts';

const NEWS: EnvironmentNews = {
  number: 12,
  branch: 'feature/loyalty',
  sha: 'abcdef0123456789abcdef0123456789abcdef01',
  state: 'running',
  url: 'https://pr-12-feature-loyalty.dev.insightpulseai.com',
  verdict: 'yellow',
  lines: ['2026-01-31 09:05:07,123 41 WARNING pr_12 odoo.models: deprecated'],
  message: null,
  fallback: false,
  lacks: ['egress-lock'],
  uncovered: [{ module: 'slack_hook', reason: 'Its Python reaches other machines (requests).' }],
  stands: null,
  expiresAt: '2026-02-14T09:05:00.000Z',
};
const HOSTILE = [
  '```\n# Owned',
  '````text',
  '`` ` ``@everyone`',
  '@acme/admins please merge',
  '[click](https://evil.example)',
  '![x](https://evil.example/x.png)',
  '<img src=x onerror=alert(1)>',
  '<!-- odoo-ops:other:pr-1 -->',
  '--> </details>',
  'https://evil.example fixes #1, acme/odoo#2',
  '| a | b |\n|---|---|',
  '\u202egnp.exe\u0000\u001b[31m',
  '~~~',
  '&lt;b&gt; \\` \\\\',
];

interface Node {
  type: string;
  value?: string;
  url?: string;
  children?: Node[];
}

/** The tree that a forge renders, without what stands in code: there nothing is a mention, a link or HTML. */
function shape(body: string): Node {
  const strip = ({ type, value, url, children }: Node): Node => ({
    type,
    ...(url === undefined ? {} : { url }),
    ...(value === undefined || type === 'code' || type === 'inlineCode' ? {} : { value }),
    ...(children ? { children: children.map(strip) } : {}),
  });
  return strip(fromMarkdown(body));
}
const spoken = (word: string): EnvironmentNews => ({
  ...NEWS,
  branch: word,
  lines: [word, `before ${word}`, word],
  uncovered: [{ module: word, reason: word }],
});

describe('the comment on a pull request', () => {
  it('holds nothing that PostgreSQL tells of rows of the copy', () => {
    const lines = [
      "2026-01-31 09:05:07,123 41 ERROR pr_12 odoo.sql_db: bad query: UPDATE res_users SET login = 'anna@customer.example'",
      'DETAIL:  Key (login)=(anna@customer.example) is duplicated.',
      'LINE 1: ...anna@customer.example',
    ];
    const news: EnvironmentNews = { ...NEWS, verdict: 'red', lines };
    assert.doesNotMatch(commentBody(news) + (commitStatus(news)?.description ?? ''), /customer/);
    assert.match(commentBody(news), /bad query: …/);
  });

  it('says what runs on, where a build came to nothing before it had changed anything', () => {
    const body = commentBody({ ...NEWS, state: 'failed', verdict: null, lines: [], message: 'Cancelled.', stands: 'b'.repeat(40) });
    assert.match(body, /could not be made[\s\S]*`bbbbbbbb` runs on as it was/);
  });

  it('is found by a marker that names project and number', () => {
    assert.equal(commentMarker('acme-1a2b3c', 12), '<!-- odoo-ops:acme-1a2b3c:pr-12 -->');
  });

  it('tells address, commit, verdict with its lines, what is lacking, when it goes, and how to build it again', () => {
    const body = commentBody(NEWS);
    for (const words of [
      'The environment is up',
      '<https://pr-12-feature-loyalty.dev.insightpulseai.com>',
      '`abcdef01` of `feature/loyalty`',
      'Yellow',
      'WARNING pr_12 odoo.models: deprecated',
      'slack_hook: Its Python reaches',
      'nothing keeps its code from the network',
      '2026-02-14 09:05 UTC',
      'odoo-ops pr rebuild 12',
    ])
      assert.ok(body.includes(words), `${words}\n---\n${body}`);
  });

  it('says of each state what people need, and no more', () => {
    const failed = commentBody({ ...NEWS, state: 'failed', verdict: 'red', lines: [], message: 'The image does not start.' });
    assert.match(failed, /could not be made[\s\S]*The image does not start\./);
    assert.doesNotMatch(failed, /https:|2026-02-14/);
    const removed = commentBody({ ...NEWS, state: 'removed', sha: null, verdict: null, lines: [], uncovered: [] });
    assert.match(removed, /Nothing of it is left/);
    assert.doesNotMatch(removed, /https:|rebuild|2026-02-14/);
    assert.match(commentBody({ ...NEWS, state: 'waiting' }), /waits for its turn/);
    assert.match(commentBody({ ...NEWS, verdict: 'red', fallback: true }), /`base` alone/);
    assert.doesNotMatch(commentBody({ ...NEWS, state: 'building', verdict: null, lines: [], uncovered: [] }), /https:/);
  });

  for (const word of HOSTILE) {
    it(`shows ${JSON.stringify(word)} as code, wherever a stranger says it`, () => {
      assert.deepEqual(shape(commentBody(spoken(word))), shape(commentBody(spoken('x'))));
    });
  }

  it('renders the same around whatever strangers say', () => {
    const plain = shape(commentBody(spoken('x')));
    const bits = fc.constantFrom(
      '`',
      '``',
      '```',
      '\n',
      '\r',
      ' ',
      '\t',
      '~~~',
      '<',
      '>',
      '@',
      '[',
      '](',
      ')',
      '\\',
      '*',
      '_',
      '#',
      '|',
      '&amp;',
      'a',
      'http://',
      '\u2028',
    );
    const words = fc
      .oneof(
        fc.string({ unit: 'binary' }),
        fc.array(bits).map((all) => all.join('')),
      )
      .filter((word) => plainText(word).trim() !== '');
    fc.assert(fc.property(words, (word) => assert.deepEqual(shape(commentBody(spoken(word))), plain)));
  });

  it('links to nothing that is no address', () => {
    const body = commentBody({ ...NEWS, url: 'javascript:alert(1)' });
    assert.ok(!JSON.stringify(shape(body)).includes('javascript'), body);
  });

  it('shows no token that a log holds', () => {
    const token = `ghp_${'a'.repeat(36)}`;
    const body = commentBody({
      ...NEWS,
      state: 'failed',
      lines: [`push with ${token}`],
      message: `db_password = hunter2hunter2, ${token}`,
    });
    assert.doesNotMatch(body, /ghp_|hunter2/);
  });

  it('stays within what GitHub takes', () => {
    const long = 'ä`'.repeat(5000);
    const many = Array.from({ length: 500 }, () => ({ module: long, reason: long }));
    const body = commentBody({
      ...NEWS,
      branch: long,
      lines: Array.from({ length: 500 }, () => long),
      uncovered: many,
    });
    assert.ok(body.length < 65_000, String(body.length));
  });
});

describe('the status of a commit', () => {
  it('is what became of the environment', () => {
    const of = (news: Partial<EnvironmentNews>) => commitStatus({ ...NEWS, ...news });
    assert.deepEqual(of({ verdict: 'green' }), { state: 'success', description: 'Up.', url: NEWS.url });
    assert.deepEqual(of({}), { state: 'success', description: 'Up, with warnings in its log.', url: NEWS.url });
    assert.deepEqual(of({ verdict: 'red', lines: ['1 of 5 tests failed.'] }), {
      state: 'failure',
      description: 'Up, red: 1 of 5 tests failed.',
      url: NEWS.url,
    });
    assert.deepEqual(of({ state: 'building', verdict: null }), {
      state: 'pending',
      description: 'The environment is being built.',
      url: null,
    });
    assert.equal(of({ state: 'waiting', verdict: 'green' })?.state, 'pending');
    assert.deepEqual(of({ state: 'failed', message: 'Disk full' }), { state: 'error', description: 'Disk full.', url: null });
    assert.equal(of({ state: 'removed' }), null);
  });

  it('has at most 140 characters, on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 100, maxLength: 400 }), (word) => {
        for (const state of ['failed', 'running'] as const) {
          const description = commitStatus({ ...NEWS, state, verdict: 'red', lines: [word], message: word })?.description ?? '';
          assert.ok(Array.from(description).length <= 140 && !/[\n\r\0]/.test(description));
        }
      }),
    );
  });
});
