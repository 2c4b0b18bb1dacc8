import { once } from 'node:events';
import { createServer } from 'node:net';
import { OpsError } from '../../core/errors.ts';
import { say, type Workspace } from '../workspace.ts';
import { openPlatform, type PlatformOptions } from './platform.ts';

/**
 * Shows the pages of the mail catcher, which no environment and no visitor reaches, at a port of this machine's loopback: each connection is
 * led through the engine. Until the signal.
 * @throws OpsError `usage` where the port is taken, or the catcher is one of this machine
 */
export async function serveMailPages(
  workspace: Workspace,
  port: number,
  options: PlatformOptions,
): Promise<{ url: string; closed: Promise<unknown> }> {
  const { signal } = workspace.context;
  const { dialMail } = await openPlatform(workspace, options);
  if (!dialMail) {
    throw new OpsError('usage', 'Without Docker mail goes to the catcher of this machine, where there is one.', {
      hint: 'Open its own page: http://localhost:8025 for Mailpit.',
    });
  }
  const server = createServer((visitor) => {
    visitor.on('error', () => visitor.destroy());
    dialMail(signal).then(
      (pages) => {
        pages.on('error', () => visitor.destroy()).pipe(visitor);
        visitor.on('close', () => pages.destroy()).pipe(pages);
      },
      (error: unknown) => {
        say(workspace.context, error instanceof Error ? error.message : String(error), 'warning');
        visitor.destroy();
      },
    );
  });
  server.listen({ port, host: '127.0.0.1', signal });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new OpsError('usage', `Port ${port} of this machine cannot be listened on.`, {
      hint: 'Choose another one: --port 8026.',
      cause: error,
    });
  }
  const address = server.address();
  const own = typeof address === 'object' && address ? address.port : port;
  return { url: `http://127.0.0.1:${own}`, closed: once(server, 'close') };
}
