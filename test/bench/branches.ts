import { spawnSync } from 'node:child_process';
import { git, plainGitEnvironment } from '../fixtures/sample-repository.ts';

/** A commit in the language of `git fast-import`; its tree is that of its first parent. */
function commitCommand(ref: string, mark: number, parents: readonly string[], message: string, time: number): string {
  const [from = '', ...merges] = parents;
  return [
    `commit ${ref}`,
    `mark :${mark}`,
    `committer Ben Cruz <ben@example.com> ${time} +0800`,
    `data ${Buffer.byteLength(message)}`,
    message,
    `from ${from}`,
    ...merges.map((merge) => `merge ${merge}`),
    '',
  ].join('\n');
}

/** Pushes branches as a busy team has them: three commits each, from different days, one in five merged already. */
export function pushBranches(root: string, count: number): void {
  const now = Math.floor(Date.now() / 1000);
  let main = git(root, ['rev-parse', 'main']);
  let mark = 0;
  let stream = '';
  for (let number = 0; number < count; number++) {
    const time = now - (count - number) * 3600;
    let tip = main;
    for (let change = 1; change <= 3; change++) {
      stream += commitCommand(
        `refs/heads/${number % 2 === 0 ? 'feature' : 'fix'}/branch-${number}`,
        ++mark,
        [tip],
        `Change ${change} of branch ${number}`,
        time,
      );
      tip = `:${mark}`;
    }
    if (number % 5 !== 0) continue;
    stream += commitCommand('refs/heads/main', ++mark, [main, tip], `Merge branch ${number}`, time);
    main = `:${mark}`;
  }
  const { status, stderr } = spawnSync('git', ['fast-import', '--quiet'], {
    cwd: git(root, ['remote', 'get-url', 'origin']),
    input: stream,
    env: plainGitEnvironment(),
  });
  if (status !== 0) throw new Error(String(stderr));
  git(root, ['fetch', '--quiet', 'origin']);
  git(root, ['pack-refs', '--all']); // as a clone has them
}
