import assert from 'node:assert/strict';
import { linearBlockers, type LinearFacts } from '../../../src/core/promotion/linear.ts';
import type { Commit } from '../../../src/core/repository/commit.ts';

const sha = (letter: string) => letter.repeat(40);
const commit = (letter: string, day = 1): Commit => ({
  sha: sha(letter),
  parents: [],
  author: 'Ana',
  email: 'ana@example.com',
  authored_at: `2026-01-0${day}T00:00:00+08:00`,
  committed_at: `2026-01-0${day}T00:00:00+08:00`,
  subject: `Change ${letter}`,
});
const facts = (extra: Partial<LinearFacts>): LinearFacts => ({
  productionOnly: [],
  otherSide: [],
  patchIds: new Map(),
  branchesHolding: new Map(),
  tipSkippedStaging: false,
  productionTip: sha('a'),
  emergencies: new Set(),
  ...extra,
});
const codes = (extra: Partial<LinearFacts>) =>
  linearBlockers(facts(extra)).map(({ code, commits }) => `${code} ${commits.map((item) => item[0]).join('')}`);

describe('the linear rule (§4.2)', () => {
  it('has nothing to say of a production that staging holds', () => assert.deepEqual(codes({}), []));

  it('finds a direct commit, by its author and subject', () => {
    const [blocker] = linearBlockers(facts({ productionOnly: [commit('a')] }));
    assert.equal(blocker?.code, 'direct-commit');
    assert.equal(blocker.message, 'aaaaaaaa "Change a" by Ana was committed directly to production.');
  });

  it('finds a branch that skipped staging, by its name', () => {
    const [blocker] = linearBlockers(facts({ productionOnly: [commit('a')], branchesHolding: new Map([[sha('a'), ['fix/x']]]) }));
    assert.equal(blocker?.code, 'skipped-staging');
    assert.match(blocker.message, /fix\/x and skipped staging/);
  });

  it('finds a cherry-pick back from production, and one to production, by patch id', () => {
    const patchIds = new Map([
      [sha('a'), 'p'],
      [sha('b'), 'p'],
    ]);
    const back = linearBlockers(facts({ productionOnly: [commit('a', 1)], otherSide: [commit('b', 2)], patchIds }));
    assert.match(back[0]?.message ?? '', /was cherry-picked back from production as bbbbbbbb/);
    const forth = linearBlockers(facts({ productionOnly: [commit('a', 2)], otherSide: [commit('b', 1)], patchIds }));
    assert.match(forth[0]?.message ?? '', /on production is a cherry-pick of bbbbbbbb/);
    assert.deepEqual(back[0]?.commits, [sha('a'), sha('b')]);
  });

  it('finds a production that was moved to a commit which staging never ran', () =>
    assert.deepEqual(codes({ tipSkippedStaging: true }), ['skipped-staging a']));

  it('reports one blocker a commit', () =>
    assert.deepEqual(codes({ productionOnly: [commit('a'), commit('b')] }), ['direct-commit a', 'direct-commit b']));

  it('accepts what came through the recorded emergency path', () => {
    const emergencies = new Set([sha('a')]);
    assert.deepEqual(codes({ productionOnly: [commit('a'), commit('b')], emergencies }), ['direct-commit b']);
    assert.deepEqual(codes({ tipSkippedStaging: true, emergencies }), []);
  });

  it('refuses a cherry-pick of an emergency hotfix: it must come to staging as itself', () => {
    const patchIds = new Map([
      [sha('a'), 'p'],
      [sha('b'), 'p'],
    ]);
    assert.deepEqual(codes({ productionOnly: [commit('a')], otherSide: [commit('b', 2)], patchIds, emergencies: new Set([sha('a')]) }), [
      'cherry-pick ab',
    ]);
  });
});
