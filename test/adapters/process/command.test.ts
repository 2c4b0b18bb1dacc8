import assert from 'node:assert/strict';
import { runCommand } from '../../../src/adapters/process/command.ts';
import { rejectsWith } from '../../support/rejects.ts';

const env = { PATH: process.env['PATH'] ?? '' };
async function run(command: string | readonly string[], signal = new AbortController().signal) {
  const lines: string[] = [];
  const code = await runCommand(command, { cwd: '/', env, signal, onLine: (line) => lines.push(line) });
  return { code, lines };
}

describe("a team's command", function () {
  this.timeout(20_000);
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
  it('does not wait for what it left behind', async () => {
    const begin = Date.now();
    assert.deepEqual(await run('sleep 60 & echo done'), { code: 0, lines: ['done'] });
    assert.ok(Date.now() - begin < 5000);
  });
});
