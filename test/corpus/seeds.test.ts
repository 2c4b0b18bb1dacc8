import assert from 'node:assert/strict';
import { configFrom } from '../../src/adapters/files/config-file.ts';
import { evaluate } from '../../src/core/policy/evaluate.ts';
import type { FileFacts } from '../../src/core/policy/facts.ts';
import { RULES, type Finding } from '../../src/core/policy/finding.ts';
import type { CheckResult } from '../../src/core/policy/outcome.ts';
import type { RepositoryFacts } from '../../src/core/policy/rule.ts';
import { RULE_DEFINITIONS } from '../../src/core/policy/rules.ts';
import { factsOfFile } from '../../src/runtime/policy/gather.ts';
import { READERS } from '../../src/runtime/policy/readers.ts';
import { SAMPLE_FILES } from '../fixtures/sample-files.ts';
import { SEEDS } from './seeds.ts';

const known = new Map<string, FileFacts>();

async function factsOf(files: Readonly<Record<string, string | null>>): Promise<Map<string, FileFacts>> {
  const facts = new Map<string, FileFacts>();
  for (const [path, text] of Object.entries(files)) {
    if (text === null) continue;
    const key = `${path}\0${text}`;
    const readers = READERS.filter((reader) => reader.reads(path));
    const told = known.get(key) ?? (await factsOfFile(readers, path, { is: 'text', text }));
    known.set(key, told);
    facts.set(path, told);
  }
  return facts;
}

async function check(changes: Readonly<Record<string, string | null>>, more: Partial<RepositoryFacts> = {}): Promise<CheckResult> {
  const files: Record<string, string | null> = { ...SAMPLE_FILES, ...changes };
  const facts: RepositoryFacts = {
    config: configFrom(files['odoo-ops.yml'] ?? ''),
    paths: Object.keys(files).filter((path) => files[path] !== null),
    files: await factsOf(files),
    submodules: [],
    blockers: [],
    schema_problems: null,
    our_migrations: new Map(),
    ...more,
  };
  return evaluate(RULE_DEFINITIONS, facts, { rules: RULES, today: '2026-11-25', suppressionRanges: [] });
}

const text = ({ severity, rule, file, range, message }: Finding): string =>
  `${severity} ${rule} ${file ?? '-'}:${range?.start.line ?? 0} ${message}`;

describe('violations that were sown into the sample repository', () => {
  it('are at least 200, of all rules', () => {
    assert.ok(SEEDS.length >= 200, `${SEEDS.length} seeds`);
    assert.deepEqual(new Set(SEEDS.map(({ rule }) => rule)), new Set(RULES));
    assert.equal(new Set(SEEDS.map(({ name }) => name)).size, SEEDS.length);
  });

  it('are none in the sample itself, which every rule looks at', async () => {
    const { findings, outcomes } = await check({});
    assert.deepEqual(findings.map(text), []);
    assert.deepEqual(
      outcomes.filter(({ result }) => result !== 'passed').map(({ rule, why }) => `${rule}: ${why}`),
      [],
    );
  });

  for (const { rule, name, files, file, facts } of SEEDS) {
    it(`are found by ${rule} alone: ${name}`, async () => {
      const { findings } = await check(files, facts);
      assert.ok(findings.length > 0, 'nothing was found');
      assert.deepEqual(findings.filter((finding) => finding.rule !== rule).map(text), []);
      if (file !== null)
        assert.ok(
          findings.some((finding) => finding.file === file),
          findings.map(text).join('\n'),
        );
    });
  }
});
