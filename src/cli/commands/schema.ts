import type { Command } from 'commander';

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of odoo-ops.yml')
    .addHelpText('after', '\nExample:\n  odoo-ops schema > odoo-ops.schema.json')
    .action(async () => {
      const { configJsonSchema } = await import('../../core/config/schema.ts');
      process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    });
}
