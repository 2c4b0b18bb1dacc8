import { Option, type Command } from 'commander';
import { EXIT_CODES } from '../../core/errors.ts';
import { countFindings, hasErrors, RULES, type Finding, type Rule } from '../../core/policy/finding.ts';
import { runCommand } from '../host.ts';

function text(findings: readonly Finding[]): string {
  return [...group(findings)]
    .map(([file, found]) =>
      [
        file,
        ...found.map(
          ({ severity, rule, range, message, fix, paragraph }) =>
            `  ${range ? `${range.start.line}:${range.start.column}  ` : ''}${severity}  ${message}  ${rule} ${paragraph}\n      ${fix}`,
        ),
      ].join('\n'),
    )
    .join('\n\n');
}

function group(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) groups.set(finding.file ?? 'repository', [...(groups.get(finding.file ?? 'repository') ?? []), finding]);
  return groups;
}

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('check the repository against the constitution')
    .addOption(new Option('--rule <rule...>', 'only these rules').choices(RULES))
    .addHelpText('after', '\nExamples:\n  odoo-ops check\n  odoo-ops check --rule addons-path-order --json')
    .action((options: { rule?: Rule[] }, command: Command) =>
      runCommand(command, async (host) => {
        const { check } = await import('../../runtime/check.ts');
        const result = await check(await host.workspace(), options.rule);
        const summary = `${countFindings(result.findings)} in ${result.files} files (${result.rules.join(', ')})`;
        host.print(result, result.findings.length === 0 ? summary : `${text(result.findings)}\n\n${summary}`);
        return hasErrors(result.findings) ? EXIT_CODES.refused : EXIT_CODES.done;
      }),
    );
}
