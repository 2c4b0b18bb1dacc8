import type { OdooJob } from '../../core/pr-environments/engine.ts';
import type { Session } from '../evidence/session.ts';
import type { Building } from './building.ts';

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

/** Runs Odoo's command once in the environment; its log goes to `logs/<name>.log` and, as debug lines, to the host. */
export async function runOdoo(
  { platform, attempt, code, configuration, signal }: Pick<Building, 'platform' | 'attempt' | 'code' | 'configuration' | 'signal'>,
  session: Session,
  { name, arguments: words }: Pick<OdooJob, 'name' | 'arguments'>,
): Promise<OdooRun> {
  const write = session.log(`${name}.log`);
  const stdout: string[] = [];
  const log: string[] = [];
  const onLine: OdooJob['onLine'] = (line, stream) => {
    if (stream === 'stdout') stdout.push(line);
    else {
      log.push(line);
      if (log.length > KEPT) log.splice(0, KEPT / 2);
      session.context.report({ type: 'text', level: 'debug', step: name, text: line });
      write(line);
    }
  };
  const exitCode = await platform.engine.runOdoo(attempt, code, { name, arguments: words, configuration, onLine }, signal);
  const told = log.findLast((line) => / (?:CRITICAL|ERROR) /.test(line)) ?? log.findLast((line) => line.trim() !== '') ?? '';
  return { exitCode, stdout, log, problem: told === '' ? `exit code ${exitCode ?? 'none, a signal ended it'}` : told };
}
