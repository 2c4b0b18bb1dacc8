#!/usr/bin/env node
import { Command } from 'commander';
import { packageVersion } from '../runtime/version.ts';
import { registerBuild } from './commands/build.ts';
import { registerCheck } from './commands/check.ts';
import { registerControlPlane } from './commands/control-plane.ts';
import { registerDeploy } from './commands/deploy.ts';
import { registerDev } from './commands/dev.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerEvidence } from './commands/evidence.ts';
import { registerExplain } from './commands/explain.ts';
import { registerHistory } from './commands/history.ts';
import { registerFlags } from './commands/flags.ts';
import { registerInit } from './commands/init.ts';
import { registerLogs } from './commands/logs.ts';
import { registerPr } from './commands/pr.ts';
import { registerPostmortem } from './commands/postmortem.ts';
import { registerPromote } from './commands/promote.ts';
import { registerReport } from './commands/report.ts';
import { registerSchema } from './commands/schema.ts';
import { registerStatus } from './commands/status.ts';
import { registerTasks } from './commands/tasks.ts';
import { registerWorker } from './commands/worker.ts';
import { EXIT_CODES } from '../core/errors.ts';

const program = new Command('odoo-ops')
  .description('Branches become Odoo environments, promotions pass gates, every act leaves evidence.')
  .version(packageVersion())
  .option('-C, --repository <folder>', 'the Odoo repository', '.')
  .option('--json', 'print the result as JSON, and events as JSON lines on stderr', false)
  .option('--verbose', 'print debug lines and stack traces', false)
  .showHelpAfterError('Run `odoo-ops --help`, or `odoo-ops <command> --help`.')
  .addHelpText(
    'after',
    '\nExit codes: 0 done · 1 failed · 2 usage · 3 refused by a gate or a policy · 4 a service is unreachable · 130 cancelled',
  )
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage);
  });

for (const register of [
  registerInit,
  registerDoctor,
  registerCheck,
  registerExplain,
  registerBuild,
  registerPromote,
  registerDeploy,
  registerPr,
  registerStatus,
  registerReport,
  registerPostmortem,
  registerHistory,
  registerLogs,
  registerDev,
  registerEvidence,
  registerControlPlane,
  registerFlags,
  registerTasks,
  registerWorker,
  registerSchema,
]) {
  register(program);
}

void program.parseAsync();
