import assert from 'node:assert/strict';
import { latestPulls, rowsOf, type Doing } from '../../../src/extension/pull-requests/rows.ts';
import { environment, NOW, overviewOf, pull } from './samples.ts';

const NOTHING: ReadonlyMap<number, Doing> = new Map();
const keys = (...given: Parameters<typeof rowsOf>) => rowsOf(...given).map(({ key }) => key);

describe('rows of the PR Builds view', () => {
  it('shows pull requests newest first, forks among them, then what is left of closed ones, then branches without one', () => {
    const pulls = [pull(3), pull(12), pull(7, { fork: true, branch: 'main' })];
    const found = keys(overviewOf(pulls, { branches: ['fix/a', 'fix/b'] }), pulls, [environment(5), environment(12)], NOTHING);
    assert.deepEqual(found, ['pr:12', 'pr:7', 'pr:3', 'pr:5', 'branch:fix/a', 'branch:fix/b']);
  });

  it('puts each environment to its pull request by number, and its title is what GitHub says', () => {
    const pulls = [pull(12, { title: 'Loyalty points' })];
    const [row] = rowsOf(overviewOf(pulls), pulls, [environment(12, { title: 'feature/12' })], NOTHING);
    assert.deepEqual([row?.title, row?.environment?.state, row?.tip?.sha], ['Loyalty points', 'running', '2'.repeat(40)]);
  });

  it("gives no branch of the remote to a fork's pull request, whatever its branch is called", () => {
    const pulls = [pull(7, { fork: true, branch: 'fix/a' })];
    const rows = rowsOf(overviewOf(pulls, { branches: ['fix/a'] }), pulls, [], NOTHING);
    assert.deepEqual(
      rows.map(({ key, tip }) => [key, tip === null]),
      [
        ['pr:7', true],
        ['branch:fix/a', false],
      ],
    );
  });

  it('shows a closed pull request only while something of it is there, or while it is being removed', () => {
    const gone = [environment(5, { state: 'absent' })];
    assert.deepEqual(keys(overviewOf([]), [], gone, NOTHING), []);
    assert.deepEqual(keys(overviewOf([]), [], gone, new Map([[5, { what: 'removing', step: null }]])), ['pr:5']);
  });

  it('shows a branch once: as its pull request', () => {
    const pulls = [pull(12)];
    assert.deepEqual(keys(overviewOf(pulls), pulls, [], NOTHING), ['pr:12']);
    // GitHub does not answer, and the overview names no pull request: what was known stays.
    assert.deepEqual(keys(overviewOf([], { branches: ['feature/12'], gitHub: 'unreachable' }), pulls, [], NOTHING), ['pr:12']);
  });

  it('keeps what GitHub said while it does not answer, and says since when', () => {
    const known = latestPulls(overviewOf([pull(12)]), { pulls: [], since: null }, NOW);
    const away = latestPulls(overviewOf([], { gitHub: 'unreachable' }), known, NOW);
    const later = latestPulls(overviewOf([], { gitHub: 'unreachable' }), away, new Date(NOW.getTime() + 60_000));
    assert.deepEqual([later.pulls.map(({ number }) => number), later.since], [[12], NOW]);
    assert.deepEqual(latestPulls(overviewOf([]), later, NOW), { pulls: [], since: null });
    assert.deepEqual(latestPulls(overviewOf([], { gitHub: 'none' }), later, NOW), { pulls: [], since: null });
  });
});
