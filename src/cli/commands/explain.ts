import { Argument, type Command } from 'commander';
import { closest } from '../../core/closest.ts';
import { OpsError } from '../../core/errors.ts';
import { CHECK_RULES, RULES, type FindingRule } from '../../core/policy/finding.ts';
import { runCommand } from '../host.ts';
import { paint } from '../paint.ts';
import { table } from '../table.ts';

/** Markdown for a terminal: headings bold, code gray, the rest as it is written. */
function formatted(page: string): string {
  let isCode = false;
  return page
    .split('\n')
    .map((line) => {
      const isFence = line.startsWith('```');
      if (isFence) isCode = !isCode;
      if (isFence || isCode) return paint('gray', line);
      return line.startsWith('#') ? paint('bold', line) : line;
    })
    .join('\n');
}

function ruleNamed(word: string): FindingRule {
  const names: readonly FindingRule[] = [...RULES, ...CHECK_RULES];
  const rule = names.find((name) => name === word);
  if (rule !== undefined) return rule;
  const meant = closest(word, names);
  throw new OpsError('usage', `There is no rule ${JSON.stringify(word)}.`, {
    hint: meant === undefined ? 'Run `odoo-ops explain` for the list.' : `Did you mean ${meant}? Run \`odoo-ops explain\` for the list.`,
  });
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description('why a rule of the check is there, with a bad and a good example')
    .addArgument(new Argument('[rule]', 'its name; without it, all of them'))
    .addHelpText('after', '\nExamples:\n  odoo-ops explain\n  odoo-ops explain cron-limits')
    .action((word: string | undefined, _options: object, command: Command) =>
      runCommand(command, async (host) => {
        if (word === undefined) {
          const { RULE_DEFINITIONS } = await import('../../core/policy/rules.ts');
          const rules = RULE_DEFINITIONS.map(({ name, paragraph, title }) => ({ name, paragraph, title }));
          host.print(rules, table(rules.map(({ name, paragraph, title }) => [name, paragraph, title])));
          return;
        }
        const rule = ruleNamed(word);
        const { policyPage } = await import('../../runtime/policy/pages.ts');
        const page = await policyPage(rule);
        host.print({ rule, page }, formatted(page));
        return;
      }),
    );
}
