import type { HealthCheck } from './plan.ts';

/** What one question to Odoo came to; no status where nothing answered. */
interface AnswerFacts {
  status: number | null;
  detail: string | null;
  milliseconds: number;
}

export interface HealthFacts {
  health: AnswerFacts;
  databaseAway: boolean;
  login: AnswerFacts;
}

const says = (path: string, { status, detail }: AnswerFacts): string =>
  status === null
    ? `${path} does not answer${detail === null ? '' : `: ${detail}`}`
    : `${path} answers ${status}${detail === null ? '' : `, to ${detail}`}`;

/**
 * The checks of a deployment (§6.2): it answers over HTTP, it reaches its database server, people can sign in.
 * @param checkedAt ISO 8601
 */
export function healthChecks({ health, databaseAway, login }: HealthFacts, checkedAt: string): HealthCheck[] {
  const check = (name: string, result: HealthCheck['result'], message: string, { milliseconds }: AnswerFacts): HealthCheck => ({
    name,
    result,
    message,
    checked_at: checkedAt,
    duration_ms: milliseconds,
  });
  const answers = says('/web/health', health);
  // It is alive when it can say that its database is not.
  const alive = health.status === 200 || databaseAway;
  const database = health.status === 200 ? 'passed' : databaseAway ? 'failed' : 'inconclusive';
  const words = { passed: 'the database server answers', failed: 'the database server does not answer', inconclusive: answers };
  return [
    check('http', alive ? 'passed' : 'failed', answers, health),
    check('database', database, words[database], health),
    check('login', login.status === 200 ? 'passed' : 'failed', says('/web/login', login), login),
  ];
}

/** The same checks where nobody can be asked. */
export const unaskedChecks = (message: string, checkedAt: string): HealthCheck[] =>
  ['http', 'database', 'login'].map((name) => ({ name, result: 'inconclusive', message, checked_at: checkedAt, duration_ms: 0 }));

/** `http: /web/health does not answer: ECONNREFUSED`; null where no check failed. */
export function healthProblem(checks: readonly HealthCheck[]): string | null {
  const failed = checks.filter(({ result }) => result === 'failed').map(({ name, message }) => `${name}: ${message}`);
  return failed.length === 0 ? null : failed.join('; ');
}
