import { OpsError } from '../../core/errors.ts';
import type { OdooJob } from '../../core/pr-environments/engine.ts';
import { tellingLine } from '../../core/pr-environments/log-records.ts';
import { bytesText } from '../../core/text.ts';
import type { Session } from '../evidence/session.ts';
import { withoutPassword, type Building } from './building.ts';

export interface OdooRun {
  exitCode: number | null;
  stdout: string[];
  /** Odoo's log, as far as it is kept: the last lines. */
  log: string[];
  /** The last words that say why, for people. */
  problem: string;
}

/** Kept of a log; all of it is in the evidence. */
const KEPT = 20_000;
/** Characters of what a command answers: addons of the branch may print without end, and SQL that neutralises is a few thousand lines. */
const LONGEST_ANSWER = 32e6;

/** Runs Odoo's command once in the environment; its log goes to `logs/<name>.log` and, as debug lines, to the host. */
export async function runOdoo(
  building: Pick<Building, 'platform' | 'attempt' | 'code' | 'configuration' | 'password' | 'signal'>,
  session: Session,
  { name, arguments: words }: Pick<OdooJob, 'name' | 'arguments'>,
): Promise<OdooRun> {
  const { platform, attempt, code, configuration, signal } = building;
  const write = session.log(`${name}.log`);
  const stdout: string[] = [];
  const log: string[] = [];
  let answered = 0;
  const onLine: OdooJob['onLine'] = (text, stream) => {
    const line = withoutPassword(building, text);
    if (stream === 'stdout') {
      answered += line.length;
      if (answered <= LONGEST_ANSWER) stdout.push(line);
    } else {
      log.push(line);
      if (log.length > KEPT) log.splice(0, KEPT / 2);
      session.context.report({ type: 'text', level: 'debug', step: name, text: line });
      write(line);
    }
  };
  const exitCode = await platform.engine.runOdoo(attempt, code, { name, arguments: words, configuration, onLine }, signal);
  if (answered > LONGEST_ANSWER) {
    throw new OpsError('failed', `Odoo answered ${name} with more than ${bytesText(LONGEST_ANSWER)}.`, {
      hint: 'Does an addon print while it is imported?',
    });
  }
  const problem = tellingLine(log) ?? `exit code ${exitCode ?? 'none, a signal ended it'}`;
  return { exitCode, stdout, log, problem };
}
