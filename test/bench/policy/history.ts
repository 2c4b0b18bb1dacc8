import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { git } from '../../fixtures/sample-repository.ts';
import { randomNumbers } from '../repository.ts';

/** A repository of so many commits, each of which changes three files of some of 300: as a team's half year. */
export function makeHistory(root: string, commits: number): string {
  mkdirSync(root, { recursive: true });
  git(root, ['init', '--quiet', '--initial-branch', 'main']);
  const random = randomNumbers(7);
  const stream: string[] = [];
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  for (let index = 0; index <= commits; index++) {
    stream.push(
      `commit refs/heads/main\ncommitter Ana <ana@example.com> ${1_770_000_000 + index * 3600} +0800\n${data(`Change ${index}`)}`,
    );
    for (let file = 0; file < 3; file++) {
      const lines = Array.from(
        { length: 150 },
        (_, line) => `    field_${line} = fields.Char(string="Label ${random(9999)} ${random(9999)}")`,
      );
      stream.push(
        `M 100644 inline addons/oca/addon_${random(30)}/models/model_${random(10)}.py\n${data(`class Model${index}(models.Model):\n${lines.join('\n')}\n`)}`,
      );
    }
  }
  const { status, stderr } = spawnSync('git', ['fast-import', '--quiet'], { cwd: root, input: stream.join('') });
  if (status !== 0) throw new Error(`git fast-import failed: ${String(stderr)}`);
  git(root, ['reset', '--quiet', '--hard', 'main']);
  return root;
}
