import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { CHECK_RULES, RULES, type FindingRule } from '../../src/core/policy/finding.ts';
import { RULE_DEFINITIONS } from '../../src/core/policy/rules.ts';
import { policyPageFile } from '../../src/runtime/policy/pages.ts';
import { check } from '../../src/runtime/policy/check.ts';
import { commit, git, pushBranch, sampleIn, write } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { opened } from '../support/workspace.ts';

const HEADINGS = ['What it looks at', 'Bad', 'Good', 'How to mend it', 'What it does not see'];

/** What stands below a heading of the second level; a # within a block of code is no heading. */
function sectionsOf(page: string): Map<string, string> {
  const sections = new Map<string, string>();
  let heading = '';
  let fence = '';
  for (const line of page.split('\n')) {
    const [marks] = /^`{3,}/.exec(line) ?? [];
    if (marks !== undefined && fence === '') fence = marks;
    else if (marks === line.trimEnd() && marks === fence) fence = '';
    const title = fence === '' ? /^## (.*)$/.exec(line)?.[1] : undefined;
    if (title === undefined) sections.set(heading, `${sections.get(heading) ?? ''}${line}\n`);
    else heading = title;
  }
  return sections;
}

/** The files of a repository: ```` ```yaml compose.yml ````. */
const filesOf = (section: string): Record<string, string> =>
  Object.fromEntries(
    [...section.matchAll(/^(`{3,})\S+ (\S+)\n([\s\S]*?)^\1 *$/gm)].map(([, , file = '', text = '']) => [file, text] as const),
  );

describe('the page of each rule', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();

  /** What the check finds in a repository of these files and nothing else. */
  async function findingsIn(files: Readonly<Record<string, string>>) {
    const root = folder();
    git(root, ['init', '--quiet', '--initial-branch=main']);
    git(root, ['config', 'user.name', 'Ana Reyes']);
    git(root, ['config', 'user.email', 'ana@example.com']);
    write(root, files);
    commit(root, 'What the page says');
    return (await check(await opened(root))).findings;
  }

  it('is there for a rule that exists, and each rule is one of the program', () =>
    assert.deepEqual(
      RULE_DEFINITIONS.map(({ name }) => name),
      [...RULES],
    ));

  for (const rule of [...RULES, ...CHECK_RULES] satisfies FindingRule[]) {
    describe(rule, () => {
      const page = () => readFileSync(policyPageFile(rule), 'utf8');
      const files = (heading: 'Bad' | 'Good') => filesOf(sectionsOf(page()).get(heading) ?? '');

      it('has its name, why, and the five sections', () => {
        assert.match(page(), new RegExp(`^# ${rule}\n\n[^#\n]`));
        assert.deepEqual(
          [...sectionsOf(page()).keys()].filter((heading) => HEADINGS.includes(heading)),
          HEADINGS,
        );
        const definition = RULE_DEFINITIONS.find(({ name }) => name === rule);
        if (definition) assert.ok(page().includes(definition.paragraph.split(',')[0] ?? ''), `names ${definition.paragraph}`);
      });

      // Its examples are histories, not files: they are built below.
      if (rule === 'linear-promotion') return;

      it('is found in its bad example', async () => {
        assert.notDeepEqual(files('Bad'), {});
        assert.notDeepEqual(
          (await findingsIn(files('Bad'))).filter((finding) => finding.rule === rule),
          [],
        );
      });

      it('is not found in its good example, nor is anything else in the same files', async () => {
        const good = files('Good');
        assert.notDeepEqual(good, {});
        assert.deepEqual(
          (await findingsIn(good)).filter((finding) => finding.rule === rule || (finding.file !== null && finding.file in good)),
          [],
        );
      });
    });
  }

  it('linear-promotion is found where somebody commits to production, and nowhere in the sample', async () => {
    const { root } = sampleIn(folder());
    const found = async () => (await check(await opened(root), { rules: ['linear-promotion'] })).findings.length;
    assert.equal(await found(), 0);
    pushBranch(root, 'production', 'origin/production', { 'hotfix.txt': 'now' }, 'Straight to production');
    assert.notEqual(await found(), 0);
  });
});
