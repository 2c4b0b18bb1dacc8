/** A host for `faults.test.ts` to kill: builds an environment in the folder named in its argument, over and over. */
import { harness, signal } from './harness.ts';

const { engine, attempt, conf, ground } = await harness(process.argv[2] ?? '');
console.log('begun');
for (let commit = 0; ; commit++) {
  const one = attempt(1, String(commit).padStart(40, 'a'));
  const { code, place } = await ground(one);
  await engine.runOdoo(
    one,
    code,
    { name: 'modules', arguments: ['--stop-after-init'], configuration: conf(place), onLine: () => undefined },
    signal,
  );
  await engine.start(one, code, conf(place), signal);
  const stamp = { ...one.stamp, number: null, attempt: null, commit: null, branch: null };
  await engine.storeTemplate('fresh-1', stamp, { environment: one.identity }, signal);
}
