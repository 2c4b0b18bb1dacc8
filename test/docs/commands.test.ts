import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from '../support/bundle.ts';
import { cli } from '../support/cli.ts';
import { sampleIn } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';

const pages = [
  'README.md',
  ...['docs', 'docs/policy'].flatMap((folder) =>
    readdirSync(join(PACKAGE_ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
const read = (page: string) => readFileSync(join(PACKAGE_ROOT, page), 'utf8');

/** Lines of ```sh blocks that call odoo-ops; ```text blocks show what needs another machine. */
const commandsOf = (page: string): string[] =>
  [...read(page).matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line.startsWith('odoo-ops ')),
  );

describe('the documentation', function () {
  this.timeout(120_000);
  const folder = temporaryFolders();

  for (const page of pages.filter((name) => commandsOf(name).length > 0)) {
    it(`gives commands in ${page} that work on the sample repository`, async () => {
      const { root } = sampleIn(folder());
      try {
        for (const command of commandsOf(page)) {
          const { code, stderr } = await cli(root, command.split(/\s+/).slice(1));
          // The sample has an odoo-ops.yml already: to refuse to overwrite it is what `init` is to do.
          const expected = command === 'odoo-ops init' ? 2 : 0;
          assert.equal(code, expected, `${command}\n${stderr}`);
        }
      } finally {
        await cli(root, ['control-plane', 'stop', '--remove']);
      }
    });
  }

  for (const page of pages) {
    it(`has no dead link in ${page}`, () => {
      const targets = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target);
      assert.deepEqual(
        targets.filter((target) => !existsSync(join(PACKAGE_ROOT, dirname(page), target))),
        [],
      );
    });
  }
});
