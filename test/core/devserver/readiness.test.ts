import assert from 'node:assert/strict';
import { decideReadiness } from '../../../src/core/devserver/readiness.ts';
import type { Readiness, ReadinessFacts } from '../../../src/core/devserver/readiness.ts';

const cases: [what: string, state: Readiness['state'], facts: Partial<ReadinessFacts>][] = [
  ['nothing answers', 'waiting', {}],
  ['both pages answer', 'ready', { health: 200, login: 200 }],
  ['only the health page answers', 'waiting', { health: 200 }],
  ['PostgreSQL does not answer the health page', 'waiting', { health: 500, login: 200 }],
  ['the login page sends us to the database selector', 'wrong', { health: 200, login: 303, loginLocation: '/web/database/selector' }],
  [
    'the selector is named by a whole address',
    'wrong',
    { health: 200, login: 303, loginLocation: 'http://127.0.0.1:8069/web/database/selector' },
  ],
  ['the login page sends us somewhere else', 'waiting', { health: 200, login: 303, loginLocation: '/odoo' }],
  ['the registry cannot be loaded', 'wrong', { health: 500, login: 500 }],
  ['the module web is not installed', 'wrong', { health: 200, login: 404 }],
  ['something else serves the port', 'wrong', { health: 404, login: 404 }],
];

describe('readiness of a server', () => {
  for (const [what, state, facts] of cases) {
    it(`is "${state}" where ${what}`, () => {
      assert.equal(decideReadiness({ health: undefined, login: undefined, loginLocation: undefined, ...facts }).state, state);
    });
  }
});
