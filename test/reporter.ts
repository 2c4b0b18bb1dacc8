import { appendFileSync } from 'node:fs';
import Mocha, { type MochaOptions, type Runner } from 'mocha';

/** Mocha's usual output, and one JSON line of counts for `test/run.ts`. */
export class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const file = process.env['TEST_COUNTS'];
      if (file !== undefined) appendFileSync(file, `${JSON.stringify({ passes, failures, pending })}\n`);
    });
  }
}

// Mocha takes a reporter from the default export of a module, and from nowhere else.
// eslint-disable-next-line no-restricted-syntax
export default CountingReporter;
