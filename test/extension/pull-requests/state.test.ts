import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import {
  contextOf,
  descriptionOf,
  exists,
  hasLog,
  isBehind,
  labelOf,
  stateOf,
  stateText,
} from '../../../src/extension/pull-requests/state.ts';
import type { Row } from '../../../src/extension/pull-requests/rows.ts';
import { environment, NOW, row } from './samples.ts';

interface Manifest {
  contributes: { menus: { 'view/item/context': { command: string; when: string }[] } };
}
const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as Manifest;

/** What package.json asks of a row's context before it offers a command of PR environments. */
const menuConditions = (command: string): RegExp[] =>
  manifest.contributes.menus['view/item/context']
    .filter((menu) => menu.command === `odooOps.pullRequest.${command}`)
    .map(({ when }) => new RegExp(/viewItem =~ \/(.+)\/$/.exec(when)?.[1] ?? '^$'));

describe('what a row says', () => {
  it('says state, commit and age of the environment', () => {
    assert.equal(descriptionOf(row(12), NOW), 'running · 22222222 · 3 min ago');
    assert.equal(descriptionOf(row(12, { environment: environment(12, { verdict: 'red' }) }), NOW), 'running, red · 22222222 · 3 min ago');
    assert.equal(descriptionOf(row(12, { environment: environment(12, { state: 'sleeping' }) }), NOW), 'sleeping · 22222222 · 3 min ago');
  });

  it('says commit and age of the branch where there is no environment', () => {
    const absent = environment(12, { state: 'absent', sha: null, created_at: null });
    for (const one of [null, absent]) assert.equal(descriptionOf(row(12, { environment: one }), NOW), '22222222 · 1 h ago');
  });

  it('says that the branch went on, while nothing is done about it', () => {
    const old = row(12, { environment: environment(12, { sha: 'a'.repeat(40) }) });
    assert.deepEqual([isBehind(old), stateText(old)], [true, 'running, behind']);
    assert.equal(stateText({ ...old, doing: { what: 'building', step: null } }), 'building');
    assert.equal(isBehind(row(12)), false);
    assert.equal(isBehind(row(12, { environment: environment(12, { sha: null, state: 'absent' }) })), false);
  });

  it('shows an act of this window before anybody else tells of it', () => {
    assert.equal(stateOf(row(12, { environment: null, doing: { what: 'building', step: 'Database' } })), 'building');
    assert.equal(stateOf(row(12, { doing: { what: 'stopping', step: null } })), 'stopping');
  });

  it('says to the menus what can be done', () => {
    assert.equal(contextOf(row(12)), 'build.pr.open.branch.running.here.url');
    assert.equal(contextOf(row(12, { environment: null })), 'build.pr.open.branch.absent');
    assert.equal(
      contextOf(row(12, { tip: null, environment: environment(12, { state: 'failed', lines: ['x'] }) })),
      'build.pr.open.failed.here.reasons',
    );
    assert.equal(contextOf(row(12, { pull: null })), 'build.pr.branch.running.here.url');
    assert.equal(contextOf(row(12, { key: 'branch:x', number: null, pull: null, environment: null })), 'build.branch');
  });

  it('says whether what failed is still there: what is gone is neither woken nor taken down, and its record has a log', () => {
    const ended = row(12, { environment: environment(12, { state: 'failed' }) });
    const gone = row(12, { environment: environment(12, { state: 'failed', created_at: null }) });
    assert.deepEqual([contextOf(ended), contextOf(gone)], ['build.pr.open.branch.failed.here', 'build.pr.open.branch.failed']);
    assert.deepEqual([ended, gone].map(exists), [true, false]);
    assert.deepEqual([ended, gone, row(12, { environment: null })].map(hasLog), [true, true, false]);
    const offered = (one: Row) =>
      ['up', 'rebuild', 'wake', 'log', 'down'].filter((command) => menuConditions(command).some((regex) => regex.test(contextOf(one))));
    assert.deepEqual(offered(ended), ['rebuild', 'wake', 'log', 'down']);
    assert.deepEqual(offered(gone), ['up', 'log']);
    assert.deepEqual(offered(row(12, { environment: null, doing: { what: 'building', step: null } })), ['log', 'down']);
  });

  it('has no word of a stranger in what menus read, and nothing in a label that moves or turns the reading', () => {
    const odd = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(odd, odd, (title, branch) => {
        const one = row(12, { title, branch });
        assert.match(contextOf(one), /^[a-z.]+$/);
        assert.doesNotMatch(labelOf(one), /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069]/u);
      }),
    );
  });
});
