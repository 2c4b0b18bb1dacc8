import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, askWhether } from '../../../src/adapters/docker/ask.ts';
import { engineError } from '../../../src/adapters/docker/engine-error.ts';
import { isOpsError, OpsError } from '../../../src/core/errors.ts';

const { signal } = new AbortController();

/** As dockerode throws what an engine refused with. */
const refusal = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) server error - ${message} `), { statusCode, json: { message } });

describe('what a call to the engine ends with', () => {
  const hints: [string, RegExp][] = [
    ['write /var/lib/docker/tmp/x: no space left on device', /disk of the engine is full/],
    ['could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network', /default-address-pools/],
    ['all predefined address pools have been fully subnetted', /default-address-pools/],
    ['driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated', /pull_requests\.ports/],
    ['No such image: caddy:2', /docker pull/],
    ['OCI runtime create failed: exec: "odoo": executable file not found in $PATH: unknown', /pull_requests\.odoo\.command/],
  ];
  for (const [words, hint] of hints) {
    it(`says how to mend “${words.slice(0, 50)}…”`, () => {
      const error = engineError('Do it', refusal(500, words));
      assert.equal(error.code, 'failed');
      assert.equal(error.message, `Do it: ${words}`);
      assert.match(error.hint ?? '', hint);
    });
  }

  it('tells an engine that went away from one that refuses', () => {
    const away = Object.assign(new Error('connect ECONNREFUSED /var/run/docker.sock'), { code: 'ECONNREFUSED' });
    assert.equal(engineError('Do it', away).code, 'unreachable');
    assert.equal(engineError('Do it', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })).code, 'unreachable');
    assert.equal(engineError('Do it', refusal(500, 'dial tcp: ECONNREFUSED')).code, 'failed');
  });

  it('is null for what is not there, and only for that', async () => {
    assert.equal(await askWhether('Look', signal, () => Promise.reject(refusal(404, 'No such container'))), null);
    await assert.rejects(
      askWhether('Look', signal, () => Promise.reject(refusal(500, 'oh'))),
      (error) => isOpsError(error, 'failed'),
    );
  });

  it('is timeout where it takes too long, cancelled where the signal fired, with the reason of who fired it', async () => {
    const forever = ({ abortSignal }: { abortSignal: AbortSignal }): Promise<never> =>
      sleep(60_000, undefined, { signal: abortSignal }) as Promise<never>;
    await assert.rejects(ask('Wait', signal, forever, 20), (error) => isOpsError(error, 'timeout') && error.message.startsWith('Wait:'));
    const person = new AbortController();
    const waiting = ask('Wait', person.signal, forever);
    person.abort();
    await assert.rejects(waiting, (error) => isOpsError(error, 'cancelled'));
    const newer = AbortSignal.abort(new OpsError('moved', 'A newer build began.'));
    await assert.rejects(ask('Wait', newer, forever), (error) => isOpsError(error, 'moved'));
  });
});
