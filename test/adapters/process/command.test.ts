import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../../src/adapters/process/command.ts';
import { PACKAGE_ROOT } from '../../support/bundle.ts';
import { lives } from '../../support/lives.ts';
import { rejectsWith } from '../../support/rejects.ts';
import { temporaryFolders } from '../../support/temp.ts';
import { until } from '../../support/until.ts';

const env = { PATH: process.env['PATH'] ?? '' };
async function run(command: string | readonly string[], signal = new AbortController().signal) {
  const lines: string[] = [];
  const code = await runCommand(command, { cwd: '/', env, signal, onLine: (line) => lines.push(line) });
  return { code, lines };
}

describe("a team's command", function () {
  this.timeout(20_000);
  const folder = temporaryFolders();
  it('runs in a shell as text, and without one as a list', async () => {
    assert.deepEqual(await run('echo a; echo b >&2; exit 3').then(({ code, lines }) => [code, lines.sort()]), [3, ['a', 'b']]);
    assert.deepEqual(await run(['printf', '%s\n', 'a; b', '$HOME']), { code: 0, lines: ['a; b', '$HOME'] });
  });
  it('has its environment, its folder and no input', async () => {
    assert.deepEqual((await run('env | cut -d= -f1 | grep -v "^_$" | sort; pwd; cat')).lines, ['PATH', 'PWD', '/'].concat([]));
  });
  it('is -1 where a signal ended it', async () => assert.equal((await run('kill -9 $$')).code, -1));
  it('says that it cannot be started', async () => {
    await rejectsWith(run(['/no/such/program']), 'failed', '/no/such/program cannot be started');
  });
  it('gives its last line, also without a newline', async () =>
    assert.deepEqual((await run("printf 'a\\r\\nb\\nc'")).lines, ['a', 'b', 'c']));
  it('ends with all that it started, as soon as the signal says so', async () => {
    const controller = new AbortController();
    const begin = Date.now();
    const running = run('trap "" TERM INT; (trap "" TERM INT; sleep 60) & sleep 60', controller.signal);
    setTimeout(() => controller.abort(), 100);
    await assert.rejects(running, { name: 'AbortError' });
    assert.ok(Date.now() - begin < 5000);
    await assert.rejects(run('true', AbortSignal.abort()), { name: 'AbortError' });
  });
  it('ends with all that it started when whoever runs it is killed', async () => {
    const pids = join(folder(), 'pids');
    const command = JSON.stringify(`sleep 60 & echo $! > '${pids}.new'; mv '${pids}.new' '${pids}'; sleep 60`);
    const source = join(PACKAGE_ROOT, 'src/adapters/process/command.ts');
    const program = `import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from ${JSON.stringify(source)};
      await runCommand(${command}, { cwd: '/', env: process.env, signal: new AbortController().signal, onLine: () => {} });`;
    const file = join(folder(), 'run.mjs');
    writeFileSync(file, program);
    const child = spawn(process.execPath, ['--import', 'tsx', file], { cwd: PACKAGE_ROOT, stdio: 'ignore', detached: true });
    await until('the command', () => existsSync(pids));
    assert.equal(lives(pids), true);
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await until('the end of the command', () => !lives(pids));
  });
  it('does not wait for what it left behind', async () => {
    const begin = Date.now();
    assert.deepEqual(await run('sleep 60 & echo done'), { code: 0, lines: ['done'] });
    assert.ok(Date.now() - begin < 5000);
  });
});
