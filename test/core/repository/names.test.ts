import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { branchNameSchema, revisionSchema } from '../../../src/core/repository/names.ts';

const accepted = (name: string) => branchNameSchema.safeParse(name).success;
const gitAccepts = (name: string) => spawnSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore' }).status === 0;

describe('branch names', function () {
  this.timeout(60_000);

  for (const name of [
    'main',
    'feature/loyalty-points',
    'fix/ümlaut',
    'feature/価格',
    'a',
    'release/19.0',
    ';rm -rf',
    '$(id)',
    'a&b',
    "it's",
    'é',
  ].filter((word) => !word.includes(' '))) {
    it(`accepts ${JSON.stringify(name)}`, () => assert.ok(accepted(name)));
  }

  const refused = [
    '',
    '-x',
    '--upload-pack=x',
    '..',
    'a..b',
    'a b',
    'a\u0000b',
    'a\tb',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
    'a.lock',
    'a.lock/b',
    'a.',
    '@',
    'a@{1}',
    'HEAD',
    'main\u202egnp',
    'ma\u200bin',
    '\ufeffmain',
    'x'.repeat(201),
  ];
  for (const name of refused) {
    it(`refuses ${JSON.stringify(name.slice(0, 20))}, and says the name`, () => {
      const result = branchNameSchema.safeParse(name);
      assert.equal(result.success, false);
      assert.ok(result.error.issues[0]?.message.includes(JSON.stringify(name)));
    });
  }

  it('accepts nothing that git would refuse', () => {
    const unit = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.constantFrom(
          ...('abzAZ09-_.@{}/~^:?*[\\ \u007f;$&|<>\'"!#%+,=()`'.match(/./g) ?? []),
          '..',
          '@{',
          '.lock',
          '//',
          '-',
          '\u0001',
          '\u202e',
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }) },
    );
    const names = fc.array(unit, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(names, (name) => {
        fc.pre(accepted(name));
        return gitAccepts(name);
      }),
      { numRuns: 400, maxSkipsPerRun: 100 },
    );
  });
});

describe('revisions', () => {
  for (const word of ['HEAD', 'HEAD~2', 'main^', 'v19.0.1', 'a1b2c3d4', 'refs/heads/main']) {
    it(`accepts ${word}`, () => assert.ok(revisionSchema.safeParse(word).success));
  }
  for (const word of ['--all', '-n1', 'a..b', ':/fix', 'HEAD@{1}', 'HEAD:README.md', '', '^', 'a b']) {
    it(`refuses ${JSON.stringify(word)}`, () => assert.equal(revisionSchema.safeParse(word).success, false));
  }
});
