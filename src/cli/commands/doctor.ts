import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { runCommand } from '../host.ts';

const MARKS = { ok: '✓', warning: '!', error: '✗' };

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what this machine and this repository lack, and how to mend it')
    .addHelpText('after', '\nExample:\n  odoo-ops doctor --json')
    .action((_options, command: Command) =>
      runCommand(command, async (host) => {
        const { doctor } = await import('../../runtime/doctor.ts');
        const diagnoses = await doctor(resolve(host.options.repository), { signal: host.signal, report: host.report });
        const text = diagnoses.map(
          ({ name, state, message, hint }) => `${MARKS[state]} ${name}: ${message}${hint === null ? '' : `\n    ${hint}`}`,
        );
        host.print(diagnoses, text.join('\n'));
        return diagnoses.some(({ state }) => state === 'error') ? EXIT_CODES.failed : EXIT_CODES.done;
      }),
    );
}
