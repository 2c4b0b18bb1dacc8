import { spawn } from 'node:child_process';
import { Agent } from 'node:http';
import { Duplex } from 'node:stream';
import { OpsError } from '../../core/errors.ts';

/**
 * Connections to an engine behind SSH, made as the docker command makes them: the person's own `ssh` with its keys, agent, configuration and
 * known hosts, running `docker system dial-stdio` there.
 * @param address `ssh://[user@]host[:port]`
 */
export function sshAgent(address: string): Agent {
  const { hostname, port, username } = new URL(address);
  if (hostname === '' || hostname.startsWith('-') || username.startsWith('-')) throw new OpsError('config', `${address} names no host.`);
  const words = [...(port === '' ? [] : ['-p', port]), ...(username === '' ? [] : ['-l', decodeURIComponent(username)])];
  const agent = new Agent({ keepAlive: false });
  agent.createConnection = () => {
    const child = spawn(
      'ssh',
      ['-o', 'ConnectTimeout=30', '-o', 'BatchMode=yes', '-T', ...words, '--', hostname, 'docker system dial-stdio'],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-500)));
    const connection = new Duplex({
      read: () => void child.stdout.resume(),
      write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, done),
      final: (done) => void child.stdin.end(done),
      destroy: (error, done) => {
        child.kill();
        done(error);
      },
    });
    child.stdin.on('error', () => undefined); // told by the write that failed
    child.stdout.on('data', (chunk: Buffer) => {
      if (!connection.push(chunk)) child.stdout.pause();
    });
    const fail = (why: string) => connection.destroy(Object.assign(new Error(why), { code: 'ECONNREFUSED' }));
    child.on('error', (error) => fail(`ssh could not be started: ${error.message}`));
    child.on('close', (code) => {
      // Not at the end of its output: only now it is known why it ended.
      if (code === 0 || code === null) connection.push(null);
      else fail(`ssh ${hostname}: ${said.trim() || `exit code ${code}`}`);
    });
    return connection;
  };
  return agent;
}
