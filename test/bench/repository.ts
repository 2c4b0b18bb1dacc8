import { createCipheriv } from 'node:crypto';
import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { commit, git } from '../fixtures/sample-repository.ts';
import { SAMPLE_FILES } from '../fixtures/sample-files.ts';

/** Numbers that look random and are the same in each run. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const WORDS =
  'account partner invoice order line move stock picking quantity price currency company state name date total tax journal user product template view field record model search domain context value compute depends return self env create write unlink'.split(
    ' ',
  );

/** Text that compresses about as well as code does. */
function text(bytes: number, random: (below: number) => number, line: (words: string) => string): string {
  const lines: string[] = [];
  for (let size = 0; size < bytes;) {
    const next = line(Array.from({ length: 4 + random(5) }, () => WORDS[random(WORDS.length)]).join('_'));
    lines.push(next);
    size += next.length + 1;
  }
  return `${lines.join('\n')}\n`;
}

/** What does not compress: pictures, fonts, archives. */
function noise(bytes: number, seed: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

export interface AddonsSize {
  files: number;
  /** Mean size of a code file. */
  bytes: number;
  /** Static files of 1 to 3 MB; every third one compresses. */
  large: number;
}

const FILES_OF_A_MODULE = 20;

function moduleFile(index: number, bytes: number, random: (below: number) => number): [path: string, content: string] {
  const size = bytes / 2 + random(bytes);
  if (index < 8) return [`models/model_${index}.py`, text(size, random, (words) => `    ${words} = fields.Char(string="${words}")`)];
  if (index < 13) return [`views/view_${index}.xml`, text(size, random, (words) => `        <field name="${words}" position="after"/>`)];
  if (index < 17) return [`i18n/lang_${index}.po`, text(size * 2, random, (words) => `msgid "${words}"\nmsgstr ""\n`)];
  return [`static/src/js/part_${index}.js`, text(size, random, (words) => `export const ${words} = () => "${words}";`)];
}

/** Writes modules of 20 files each below a folder of `addons`, as an OCA mirror has them, and large static files in some of them. */
export function writeAddons(root: string, { files, bytes, large }: AddonsSize, addons = 'oca'): void {
  const random = randomNumbers(files);
  const modules = Math.round(files / FILES_OF_A_MODULE);
  for (let number = 0; number < modules; number++) {
    const folder = join(root, 'addons', addons, `bench_module_${String(number).padStart(4, '0')}`);
    for (const part of ['models', 'views', 'i18n', 'static/src/js', 'static/description'])
      mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(
      join(folder, '__manifest__.py'),
      `{"name": "Bench ${number}", "version": "19.0.1.0.${number}", "depends": ["base"], "installable": True}\n`,
    );
    writeFileSync(join(folder, '__init__.py'), 'from . import models\n');
    for (let index = 0; index < FILES_OF_A_MODULE - 2; index++) {
      const [path, content] = moduleFile(index, bytes, random);
      writeFileSync(join(folder, path), content);
    }
  }
  for (let number = 0; number < large; number++) {
    const size = 1_000_000 + random(2_000_000);
    const compressible = number % 3 === 0;
    const path = join(
      root,
      'addons',
      addons,
      `bench_module_${String(number % modules).padStart(4, '0')}`,
      'static',
      'description',
      `large_${number}.${compressible ? 'svg' : 'png'}`,
    );
    writeFileSync(path, compressible ? text(size, random, (words) => `<path d="${words}"/>`) : noise(size, number));
  }
}

/** A team's repository of a given size with a bare origin, packed as a fresh clone is. @returns its root */
export function makeRepository(folder: string, size: AddonsSize): string {
  const [root, origin] = [join(folder, 'odoo-team'), join(folder, 'origin.git')];
  mkdirSync(root, { recursive: true });
  git(folder, ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
  git(root, ['init', '--quiet', '--initial-branch=main']);
  for (const [name, value] of [
    ['user.name', 'Bench'],
    ['user.email', 'bench@example.com'],
    ['gc.auto', '0'],
  ] as const)
    git(root, ['config', name, value]);
  git(root, ['remote', 'add', 'origin', origin]);
  for (const [path, content] of Object.entries(SAMPLE_FILES)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  writeAddons(root, { ...size, files: size.files - Object.keys(SAMPLE_FILES).length });
  commit(root, 'Addons');
  git(root, ['branch', 'production']);
  commit(root, 'An empty change');
  git(root, ['repack', '-adq', '--depth=10', '--window=5']);
  git(root, ['push', '--quiet', 'origin', '--all']);
  git(root, ['fetch', '--quiet', 'origin']);
  return root;
}
