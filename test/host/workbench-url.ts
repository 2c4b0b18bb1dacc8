import { resolve } from 'node:path';

export interface HostTestPaths {
  extensionDevelopmentPath: string;
  extensionTestsPath: string;
}

/**
 * The address that opens a folder (or a `.code-workspace` file) in the window, and with `tests` runs a suite there.
 * @param authority `127.0.0.1:port` of the server.
 */
export function workbenchUrl(authority: string, workspace: string, tests?: HostTestPaths): string {
  const path = resolve(workspace);
  const url = new URL(`http://${authority}/`);
  url.searchParams.set(path.endsWith('.code-workspace') ? 'workspace' : 'folder', path);
  const payload = Object.entries(tests ?? {}).map(([name, file]) => [name, `vscode-remote://${authority}${encodeURI(String(file))}`]);
  url.searchParams.set('payload', JSON.stringify([...payload, ['skipWelcome', 'true']]));
  return url.href;
}
