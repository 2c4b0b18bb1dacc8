import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT, cliBundle } from '../support/bundle.ts';
import { cli, json } from '../support/cli.ts';
import { testEnvironment } from '../support/environment.ts';
import { cloneOf, commit, git, pushBranch, refsOf, sampleIn, tipOf, write } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';

interface ErrorAnswer {
  error: { code: string; message: string; hint: string | null; details: Record<string, unknown> };
}
const errorOf = (stdout: string) => (JSON.parse(stdout) as ErrorAnswer).error;

describe('command line', function () {
  this.timeout(60_000);
  const folder = temporaryFolders();
  const everything = ({ root, origin }: { root: string; origin: string }) => [
    refsOf(origin),
    refsOf(root),
    git(root, ['status', '--porcelain', '--ignored']),
  ];

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(await cli(folder(), ['--version']), { code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  it('runs from its sources too', () => {
    const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', join(PACKAGE_ROOT, 'src/cli/main.ts'), '--version'], {
      cwd: PACKAGE_ROOT,
      encoding: 'utf8',
      env: testEnvironment(),
    });
    assert.deepEqual([status, /^\d+\.\d+\.\d+\n$/.test(stdout)], [0, true]);
  });

  for (const command of [
    ['init'],
    ['doctor'],
    ['check'],
    ['build'],
    ['plan', 'promote'],
    ['plan', 'rollback'],
    ['promote'],
    ['deploy'],
    ['status'],
    ['dev'],
    ['evidence', 'show'],
    ['schema'],
  ]) {
    it(`${command.join(' ')} --help has an example that starts with the name of the program`, async () => {
      const { code, stdout } = await cli(folder(), [...command, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, /Examples?:\n {2}.*odoo-ops /);
    });
  }

  it('lists its exit codes in its help', async () => {
    assert.match((await cli(folder(), ['--help'])).stdout, /Exit codes: 0 done · 1 failed · 2 usage · 3 refused .* · 4 .* · 130 cancelled/);
  });

  for (const args of [
    [],
    ['nothing-such'],
    ['--nothing'],
    ['build', '--nothing'],
    ['promote'],
    ['promote', 'a'],
    ['promote', 'a', 'b', 'c'],
    ['check', '--rule', 'nothing'],
    ['dev', '--port', '99999'],
    ['evidence'],
    ['control-plane', 'x'],
  ]) {
    it(`ends with 2 for \`odoo-ops ${args.join(' ')}\`, with its help on stderr`, async () => {
      const { code, stdout, stderr } = await cli(folder(), args);
      assert.deepEqual([code, stdout, stderr !== ''], [2, '', true]);
    });
  }

  it('schema prints a JSON Schema', async () => {
    const { code, stdout } = await cli(folder(), ['schema']);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { $schema: string }).$schema, 'http://json-schema.org/draft-07/schema#');
  });

  it('goes on with a reader that stops reading', () => {
    const { root } = sampleIn(folder());
    const { stderr } = spawnSync('/bin/sh', ['-c', `'${process.execPath}' '${cliBundle()}' schema | head -c 1 >/dev/null`], {
      cwd: root,
      encoding: 'utf8',
      env: testEnvironment(),
    });
    assert.equal(stderr, '');
  });

  describe('in a repository', () => {
    it('plans, promotes and shows the evidence, each as text and as JSON', async () => {
      const sample = sampleIn(folder());
      const { root, origin } = sample;
      const before = everything(sample);
      const plan = await cli(root, ['plan', 'promote', 'main', 'production']);
      assert.equal(plan.code, 0, plan.stderr);
      assert.match(
        plan.stdout,
        /^# Promote main to production\n\nProduction \(origin\/production\) moves from \w{8} to \w{8}, by fast-forward\.\n/,
      );
      assert.equal(json(await cli(root, ['plan', 'promote', 'main', 'production', '--json']))['environment'], 'production');
      assert.deepEqual(everything(sample), before);

      const promotion = await cli(root, ['promote', 'main', 'production', '--yes', '--json']);
      assert.equal(promotion.code, 0, promotion.stderr);
      const { result, sha, record, evidence } = json(promotion) as Record<string, string>;
      assert.deepEqual([result, sha], ['passed', tipOf(origin, 'main')]);
      const events = promotion.stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string });
      assert.deepEqual(new Set(events.map(({ type }) => type)), new Set(['start', 'stop']));

      const list = await cli(root, ['evidence', 'list']);
      assert.match(list.stdout, new RegExp(`passed +${record?.slice(0, 8)} +${evidence?.replaceAll('+', '\\+')}`));
      assert.match((await cli(root, ['evidence', 'show', record ?? ''])).stdout, /# promote-main-to-production: passed/);
      assert.equal(json(await cli(root, ['evidence', 'show', record ?? '', '--json']))['folder'], evidence);
      assert.match(
        (await cli(root, ['evidence', 'show', record ?? '', '--log', 'gate-manifest-versions.log'])).stdout,
        /ipai_loyalty 19\.0\.1\.0\.0/,
      );
      const verification = await cli(root, ['evidence', 'verify', '--json']);
      assert.deepEqual([verification.code, json(verification)['problems']], [0, []]);

      const rollback = await cli(root, ['plan', 'rollback', 'production']);
      assert.equal(rollback.code, 0, rollback.stderr);
      assert.match(rollback.stdout, /# Roll back production/);
      const status = await cli(root, ['status', '--json']);
      assert.equal(status.code, 0, status.stderr);
      const { environments, pullRequests } = JSON.parse(status.stdout) as {
        environments: { name: string; ahead: number; last: { sha: string } | null }[];
        pullRequests: { branch: string }[];
      };
      assert.deepEqual(
        environments.map(({ name, last }) => [name, last?.sha ?? null]),
        [
          ['dev', null],
          ['staging', null],
          ['production', sha],
        ],
      );
      assert.deepEqual(
        pullRequests.map(({ branch }) => branch),
        ['fix/invoice-rounding', 'feature/loyalty-points'],
      );
      assert.match((await cli(root, ['status'])).stdout, /ENVIRONMENT +BRANCH +COMMIT/);

      const again = await cli(root, ['promote', 'main', 'production', '--yes', '--json']);
      assert.deepEqual([again.code, json(again)['result']], [0, 'nothing-to-do']);

      writeFileSync(join(root, evidence ?? '', 'plan.json'), '{}');
      const broken = await cli(root, ['evidence', 'verify']);
      assert.equal(broken.code, 3);
      assert.match(broken.stdout, /plan\.json was changed\. \(changed\)/);
    });

    it('the commands of a rollback plan do what they say', async () => {
      const { root, origin } = sampleIn(folder());
      const good = tipOf(origin, 'production');
      assert.equal((await cli(root, ['promote', 'main', 'production', '--yes'])).code, 0);
      const { steps } = json(await cli(root, ['plan', 'rollback', 'production', '--json'])) as { steps: { command: string | null }[] };
      const bin = folder();
      writeFileSync(join(bin, 'odoo-ops'), `#!/bin/sh\nexec '${process.execPath}' '${cliBundle()}' "$@"\n`, { mode: 0o755 });
      for (const { command } of steps) {
        if (command === null) continue;
        const line = command.startsWith('odoo-ops promote') ? `${command} --yes` : command;
        const { status, stderr } = spawnSync('/bin/sh', ['-ec', line], {
          cwd: root,
          encoding: 'utf8',
          env: testEnvironment({ PATH: `${bin}:${process.env['PATH'] ?? ''}` }),
        });
        assert.equal(status, 0, `${line}\n${stderr}`);
      }
      assert.equal(git(origin, ['rev-parse', 'production^{tree}']), git(origin, ['rev-parse', `${good}^{tree}`]));
      assert.equal((await cli(root, ['plan', 'promote', 'main', 'production'])).code, 0);
    });

    it('refuses with 3, by a gate and by a blocker, and says why on stdout', async () => {
      const { root } = sampleIn(folder());
      const gate = await cli(root, ['promote', 'fix/invoice-rounding', 'main', '--yes']);
      assert.equal(gate.code, 3);
      assert.match(gate.stdout, /^Refused: policy: 1 error.*: addons-path-order: compose\.yml:4/);
      const route = await cli(root, ['plan', 'promote', 'feature/loyalty-points', 'production', '--json']);
      assert.deepEqual([route.code, (json(route)['blockers'] as { code: string }[])[0]?.code], [3, 'route']);
      assert.equal((await cli(root, ['check'])).code, 0);
      git(root, ['switch', '--quiet', 'fix/invoice-rounding']);
      const check = await cli(root, ['check', '--json']);
      assert.equal(check.code, 3);
      assert.deepEqual(
        (json(check)['findings'] as { file: string; range: { start: object } }[]).map(({ file, range }) => [file, range.start]),
        [['compose.yml', { line: 4, column: 43 }]],
      );
      assert.equal((await cli(root, ['check', '--rule', 'odoo-stage'])).code, 0);
    });

    for (const args of [
      ['promote', 'main', 'production'],
      ['promote', 'feature/loyalty-points', 'main'],
      ['unlock', 'production'],
    ]) {
      it(`without a terminal and without --yes, \`${args.join(' ')}\` ends with 2 and changes nothing`, async () => {
        const sample = sampleIn(folder());
        const before = everything(sample);
        for (const input of ['', 'yes\n', 'production\n']) {
          const { code, stderr } = await cli(sample.root, args, { input });
          assert.equal(code, 2);
          assert.match(stderr, /Nothing was changed: there is no terminal/);
        }
        assert.deepEqual(everything(sample), before);
      });
    }

    it('needs a reason for the emergency path', async () => {
      const sample = sampleIn(folder());
      const before = everything(sample);
      for (const reason of [[], ['--reason', ''], ['--reason', 'short'], ['--reason', '            ']]) {
        const { code, stdout } = await cli(sample.root, [
          'promote',
          'fix/invoice-rounding',
          'production',
          '--emergency',
          ...reason,
          '--yes',
          '--json',
        ]);
        assert.deepEqual([code, errorOf(stdout).code], [2, 'usage']);
      }
      assert.deepEqual(everything(sample), before);
    });

    it('answers errors as JSON with code, message, hint and details, without secrets', async () => {
      const { root, origin } = sampleIn(folder());
      git(root, ['remote', 'set-url', 'origin', `https://user:very-secret-pw@127.0.0.1:1/x.git`]);
      const { code, stdout, stderr } = await cli(root, ['plan', 'promote', 'main', 'production', '--json', '--verbose']);
      assert.equal(code, 4);
      assert.equal(errorOf(stdout).code, 'unreachable');
      assert.doesNotMatch(stdout + stderr, /very-secret-pw/);
      assert.ok(existsSync(origin));
    });

    it('works from a folder within the repository, from elsewhere with -C, and in a linked work tree', async () => {
      const { root } = sampleIn(folder());
      assert.equal((await cli(join(root, 'addons/ipai'), ['check'])).code, 0);
      assert.equal((await cli('/', ['-C', root, 'check'])).code, 0);
      const linked = join(folder(), 'linked');
      git(root, ['worktree', 'add', '--quiet', '--detach', linked, 'main']);
      const { code, stdout } = await cli(linked, ['build', 'HEAD', '--json']);
      assert.equal(code, 0);
      assert.ok(existsSync(join(linked, (JSON.parse(stdout) as { evidence: string }).evidence)));
      assert.equal(git(linked, ['status', '--porcelain']), '');
    });

    it('works within a hook of git, whose variables name another repository', async () => {
      const { root, origin } = sampleIn(folder());
      const { code, stdout } = await cli(root, ['build', 'HEAD', '--json'], {
        env: { GIT_DIR: origin, GIT_INDEX_FILE: '/nowhere/index', GIT_WORK_TREE: '/nowhere', GIT_PREFIX: 'x/' },
      });
      assert.equal(code, 0);
      assert.equal((JSON.parse(stdout) as { manifest: { sha: string } }).manifest.sha, tipOf(origin, 'main'));
    });
  });

  describe('init', () => {
    it('writes a configuration that is valid and that check is content with', async () => {
      const { root } = sampleIn(folder());
      rmSync(join(root, 'odoo-ops.yml'));
      const { code, stdout } = await cli(root, ['init']);
      assert.equal(code, 0);
      assert.match(stdout, /Addons: addons\/oca, addons\/ipai\n {2}Staging: main\n {2}Production: production/);
      const text = readFileSync(join(root, 'odoo-ops.yml'), 'utf8');
      assert.match(text, /compares it with compose\.yml/);
      assert.equal((await cli(root, ['check', '--rule', 'odoo-stage'])).code, 0);
    });

    it('never overwrites', async () => {
      const { root } = sampleIn(folder());
      const before = readFileSync(join(root, 'odoo-ops.yml'), 'utf8');
      const { code, stderr } = await cli(root, ['init']);
      assert.equal(code, 2);
      assert.match(stderr, /odoo-ops\.yml exists already; it was left as it is/);
      assert.equal(readFileSync(join(root, 'odoo-ops.yml'), 'utf8'), before);
    });

    it('takes the default branch of the remote for staging, whatever is checked out', async () => {
      const { root, origin } = sampleIn(folder());
      git(root, ['switch', '--quiet', 'feature/loyalty-points']);
      rmSync(join(root, 'odoo-ops.yml'));
      assert.equal(json(await cli(root, ['init', '--json']))['staging'], 'main');
      git(origin, ['branch', 'develop', 'main']);
      git(origin, ['symbolic-ref', 'HEAD', 'refs/heads/develop']);
      const other = cloneOf(origin, join(folder(), 'other'));
      rmSync(join(other, 'odoo-ops.yml'));
      assert.equal(json(await cli(other, ['init', '--json']))['staging'], 'develop');
    });

    it('works before the first commit', async () => {
      const root = folder();
      git(root, ['init', '--quiet', '--initial-branch=main']);
      write(root, { 'sale_x/__manifest__.py': '{"name": "X", "version": "18.0.1.0.0"}' });
      assert.equal((await cli(root, ['init'])).code, 0);
      assert.match(readFileSync(join(root, 'odoo-ops.yml'), 'utf8'), /addons_path:\n {4}- \.\n/);
      assert.equal((await cli(root, ['check'])).code, 0);
    });
  });

  describe('of bad input', () => {
    it('says that there is no repository, no folder, no commit', async () => {
      const place = folder();
      assert.match((await cli(place, ['build'])).stderr, new RegExp(`${place} is not in a git repository`));
      assert.match((await cli(place, ['-C', 'nowhere', 'build'])).stderr, /nowhere is not a folder/);
      git(place, ['init', '--quiet', '--initial-branch=main']);
      const { code, stderr } = await cli(place, ['build']);
      assert.equal(code, 1);
      assert.match(stderr, /"HEAD" names no commit/);
      assert.equal((await cli(place, ['status'])).code, 0);
    });

    for (const [what, make, expected] of [
      ['is a directory', (file: string) => mkdirSync(file), /odoo-ops\.yml is a directory/],
      ['is broken', (file: string) => writeFileSync(file, 'odoo: [\n'), /odoo-ops\.yml:2:1: /],
      [
        'has an unknown key',
        (file: string) => writeFileSync(file, 'odoo:\n  versoin: "19.0"\n'),
        /odoo-ops\.yml:2:3: Unknown key odoo\.versoin/,
      ],
      ['is binary', (file: string) => writeFileSync(file, Buffer.from([0, 1, 2, 255])), /odoo-ops\.yml:1:1: /],
    ] as const) {
      it(`says where odoo-ops.yml ${what}, for every command, with 2`, async () => {
        const { root } = sampleIn(folder());
        rmSync(join(root, 'odoo-ops.yml'));
        make(join(root, 'odoo-ops.yml'));
        for (const args of [['check'], ['build'], ['promote', 'main', 'production', '--yes']]) {
          const { code, stderr } = await cli(root, args);
          assert.equal(code, 2);
          assert.match(stderr, expected);
        }
      });
    }

    it('works with a detached HEAD and in a shallow clone, as far as history is not asked for', async () => {
      const { root, origin } = sampleIn(folder());
      git(root, ['switch', '--quiet', '--detach', 'main']);
      assert.equal((await cli(root, ['promote', 'main', 'production', '--yes'])).code, 0);
      const shallow = cloneOf(`file://${origin}`, join(folder(), 'shallow'), 'CI', ['--depth', '1']);
      const promotion = await cli(shallow, ['promote', 'main', 'production', '--yes']);
      assert.equal(promotion.code, 1);
      assert.match(promotion.stderr, /shallow clone: its history is cut off\.\n.*--unshallow/);
      assert.equal((await cli(shallow, ['check'])).code, 0);
      assert.equal((await cli(shallow, ['build', 'HEAD', '--verify'])).code, 0);
    });

    for (const name of ['--upload-pack=touch x', ';rm -rf .', '..', 'fea\u202eture', '\u0000'.slice(1)]) {
      it(`refuses the branch name ${JSON.stringify(name)} and changes nothing`, async () => {
        const sample = sampleIn(folder());
        const before = everything(sample);
        for (const args of [
          ['promote', '--yes', '--', name, 'main'],
          ['promote', '--yes', '--', 'main', name],
          ['plan', 'promote', '--', name, 'main'],
          ['unlock', '--yes', '--', name],
        ]) {
          assert.equal((await cli(sample.root, args)).code, 2, args.join(' '));
        }
        assert.deepEqual(everything(sample), before);
      });
    }

    it('names a branch that is not there', async () => {
      const { root } = sampleIn(folder());
      const { code, stderr } = await cli(root, ['promote', 'fix/nothing', 'main', '--yes']);
      assert.equal(code, 1);
      assert.match(stderr, /There is no branch "fix\/nothing" on origin/);
    });

    it('ends with 4 where the remote does not answer', async () => {
      const { root } = sampleIn(folder());
      git(root, ['remote', 'set-url', 'origin', join(root, 'gone.git')]);
      assert.equal((await cli(root, ['promote', 'main', 'production', '--yes'])).code, 4);
    });

    it('of two that promote at once, one ends with 0 and the other with 3', async () => {
      const { root, origin } = sampleIn(folder());
      const other = cloneOf(origin, join(folder(), 'other'));
      const results = await Promise.all([root, other, root].map((clone) => cli(clone, ['promote', 'main', 'production', '--yes'])));
      assert.deepEqual(results.map(({ code }) => code).sort(), [0, 3, 3], results.map(({ stderr }) => stderr).join('\n---\n'));
      assert.equal(tipOf(origin, 'production'), tipOf(origin, 'main'));
      assert.equal((await cli(root, ['evidence', 'verify'])).code, 0);
    });
  });

  describe('on a terminal', () => {
    /** Runs it on a pseudo terminal, which Python has and Node.js lacks; types the keys when it asks. */
    function onTerminal(root: string, args: readonly string[], keys: string): { code: number; output: string } {
      const script = `
import os, pty, sys, select, time
pid, fd = pty.fork()
if pid == 0:
    os.chdir(sys.argv[1]); os.execv(sys.argv[2], sys.argv[2:])
output, typed, deadline = b'', False, time.time() + 40
while time.time() < deadline:
    ready, _, _ = select.select([fd], [], [], 0.2)
    if ready:
        try: data = os.read(fd, 65536)
        except OSError: break
        if not data: break
        output += data
    if not typed and b'to go on: ' in output:
        os.write(fd, ${JSON.stringify(keys)}.encode()); typed = True
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(output)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
`;
      const { status, stdout } = spawnSync('python3', ['-c', script, root, process.execPath, cliBundle(), ...args], {
        encoding: 'utf8',
        env: testEnvironment({ TERM: 'xterm' }),
      });
      return { code: status ?? -1, output: stdout };
    }

    before(function () {
      try {
        execFileSync('python3', ['-c', 'import pty, os; os.waitstatus_to_exitcode'], { stdio: 'ignore' });
      } catch {
        this.skip(); // needs Python 3.9 for a pseudo terminal
      }
    });

    for (const [what, keys] of [
      ['another word', 'yes\r'],
      ['nothing', '\r'],
      ['Ctrl-C', '\u0003'],
      ['Ctrl-D', '\u0004'],
    ] as const) {
      it(`changes nothing and ends with 130 after ${what}`, () => {
        const { root, origin } = sampleIn(folder());
        const before = tipOf(origin, 'production');
        const { code, output } = onTerminal(root, ['promote', 'main', 'production'], keys);
        assert.match(output, /Promote main to production\? Type production to go on:/);
        assert.equal(code, 130, output);
        assert.equal(tipOf(origin, 'production'), before);
      });
    }

    it('promotes after the name of the environment was typed', () => {
      const { root, origin } = sampleIn(folder());
      const { code, output } = onTerminal(root, ['promote', 'main', 'production'], 'production\r');
      assert.equal(code, 0, output);
      assert.equal(tipOf(origin, 'production'), tipOf(origin, 'main'));
    });
  });

  it('dresses up no words of other people for a terminal', async () => {
    const { root } = sampleIn(folder());
    git(root, ['switch', '--quiet', '--create', 'fix/words', 'main']);
    write(root, { 'x.txt': 'x' });
    commit(root, 'Red \u001b[31m and \u202ebackwards');
    git(root, ['push', '--quiet', 'origin', 'fix/words']);
    git(root, ['switch', '--quiet', 'main']);
    pushBranch(root, 'fix/other', 'main', { 'y.txt': 'y' });
    for (const args of [['status'], ['plan', 'promote', 'fix/words', 'main']]) {
      const { stdout, stderr } = await cli(root, args);

      assert.doesNotMatch(stdout + stderr, /[\u001b\u202e]/, args.join(' '));
    }
  });
});
