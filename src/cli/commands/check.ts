import { Option, type Command } from 'commander';
import { EXIT_CODES, isOpsError, OpsError } from '../../core/errors.ts';
import type { Stage } from '../../core/config/schema.ts';
import { annotations } from '../../core/policy/report/annotations.ts';
import { checkText } from '../../core/policy/report/check-text.ts';
import { hasErrors, RULES, type Rule } from '../../core/policy/finding.ts';
import type { CheckResult } from '../../core/policy/outcome.ts';
import { STAGES } from '../../core/policy/odoo/stage.ts';
import { plainText } from '../../core/text.ts';
import type { FixResult } from '../../runtime/policy/fix.ts';
import { runCommand, type Host } from '../host.ts';
import { paint } from '../paint.ts';

const FORMATS = ['text', 'json', 'sarif', 'github'] as const;
type Format = (typeof FORMATS)[number];

interface CheckCommandOptions {
  rule?: Rule[];
  stage?: Stage;
  changedSince?: string;
  format?: Format;
  output?: string;
  suppressed: boolean;
  fix: boolean;
  dryRun: boolean;
}

const EXAMPLES = `
Examples:
  odoo-ops check
  odoo-ops check --rule cron-limits worker-recycling --stage staging
  odoo-ops check --changed-since main --format github
  odoo-ops check --output results.sarif
  odoo-ops check --fix --dry-run

Workflow commands are printed with \`--format github\` only, also on a runner of GitHub.`;

/** @throws OpsError `usage` for options that do not go together */
function formatOf({ format, output, fix, dryRun, suppressed }: CheckCommandOptions, { options }: Host): Format {
  const refuse = (message: string, hint: string) => new OpsError('usage', message, { hint });
  if (dryRun && !fix) throw refuse('--dry-run shows what --fix would change.', 'Write `odoo-ops check --fix --dry-run`.');
  if (options.json && format !== undefined && format !== 'json') {
    throw refuse(`--json and --format ${format} are two formats.`, 'Leave one of them out.');
  }
  const chosen = format ?? (output !== undefined ? 'sarif' : options.json ? 'json' : 'text');
  if (suppressed && chosen !== 'sarif') throw refuse('--suppressed is about SARIF.', 'The list and JSON tell what is suppressed anyway.');
  return chosen;
}

async function formatted(result: CheckResult, value: unknown, format: Format, suppressed: boolean, host: Host): Promise<string> {
  if (format === 'text') return checkText(result, paint);
  if (format === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  if (format === 'github') return annotations(result.findings);
  const { sarifReport } = await import('../../runtime/policy/report.ts');
  const { text, leftOut } = await sarifReport(result, suppressed);
  if (leftOut > 0) {
    const more = `${leftOut} findings are not in the SARIF: GitHub shows 5,000 of a file. Look at one rule at a time with --rule.`;
    host.report({ type: 'text', level: 'warning', text: more });
  }
  return text;
}

/** Without what would move the cursor; tabs are a part of a file's text. */
const plainPatch = (patch: string): string => patch.replaceAll('\r\n', '\n').replace(/[^\t\n]+/g, plainText);

function patchText(patch: string): string {
  return plainPatch(patch)
    .split('\n')
    .slice(1) // a line of ===
    .map((line) => (line.startsWith('+') ? paint('green', line) : line.startsWith('-') ? paint('red', line) : line))
    .join('\n');
}

function fixText({ patches, fixed, left, refused }: FixResult, dryRun: boolean): string {
  const findings = (number: number) => `${number} finding${number === 1 ? '' : 's'}`;
  const lines = [
    fixed.length === 0 ? 'Nothing can be mended mechanically.' : `${dryRun ? 'Would mend' : 'Mended'} ${findings(fixed.length)}.`,
    ...(left.length > 0 ? [`${findings(left.length)} would change the same places: run it once more.`] : []),
    ...refused.map(({ why }) => plainText(why)),
  ];
  return [...patches.map(({ patch }) => patchText(patch)), lines.join('\n')].join('\n');
}

/** What is wrong with the revision is wrong with the command. */
function revisionError(error: unknown): never {
  if (isOpsError(error, 'repository') && typeof error.details['revision'] === 'string') {
    throw new OpsError('usage', error.message, {
      details: error.details,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  throw error;
}

async function run(host: Host, options: CheckCommandOptions): Promise<number> {
  const { output, suppressed, fix, dryRun, rule, stage, changedSince } = options;
  const format = formatOf(options, host);
  const workspace = await host.workspace();
  const asked = { stage, changedSince, ...(rule ? { rules: RULES.filter((name) => rule.includes(name)) } : {}) };
  let result: CheckResult;
  let fixes: FixResult | undefined;
  if (fix) {
    const { fixRepository } = await import('../../runtime/policy/fix.ts');
    fixes = await fixRepository(workspace, { ...asked, dryRun }).catch(revisionError);
    ({ result } = fixes);
  } else {
    const { check } = await import('../../runtime/policy/check.ts');
    result = await check(workspace, asked).catch(revisionError);
  }
  const value = fixes ? { ...result, fixes: { ...fixes, result: undefined } } : result;
  if (fixes && (output !== undefined || format !== 'text')) process.stderr.write(host.options.json ? '' : `${fixText(fixes, dryRun)}\n`);
  if (output !== undefined) {
    const { writeReport } = await import('../../runtime/policy/report.ts');
    await writeReport(output, await formatted(result, value, format, suppressed, host));
  }
  const shown = output === undefined ? await formatted(result, value, format, suppressed, host) : checkText(result, paint);
  const before = fixes && output === undefined && format === 'text' ? `${fixText(fixes, dryRun)}\n\n` : '';
  host.print(value, `${before}${shown}`);
  return hasErrors(result.findings) ? EXIT_CODES.refused : EXIT_CODES.done;
}

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('check the repository against the constitution')
    .addOption(new Option('--rule <rule...>', 'only these rules').choices(RULES))
    .addOption(new Option('--stage <stage>', 'only what is about the configuration of this stage, or of all').choices(STAGES))
    .option('--changed-since <ref>', 'only findings in files that changed since HEAD left this branch, tag or commit')
    .addOption(new Option('--format <format>', 'how the result is printed (default: text)').choices(FORMATS))
    .option('--output <file>', 'write the format (SARIF unless told) to a file, and print the list')
    .option('--suppressed', 'SARIF: tell suppressed findings too, marked as such; GitHub would show them as open', false)
    .option('--fix', 'mend what can be mended mechanically, show the difference, and check again', false)
    .option('--dry-run', 'with --fix: only show the difference', false)
    .addHelpText('after', EXAMPLES)
    .action((options: CheckCommandOptions, command: Command) => runCommand(command, (host) => run(host, options)));
}
