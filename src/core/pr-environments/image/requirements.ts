import type { Image } from './config.ts';

export const REQUIREMENTS_FILE = 'requirements.txt';
/** Where it stays in the image, for people who look. */
const PLACE = '/usr/local/share/odoo-ops/requirements.txt';

/** True for a text of comments and empty lines. */
export const installsNothing = (requirements: string): boolean => requirements.split(/\r?\n/).every((line) => /^\s*(?:#.*)?$/.test(line));

// Debian and Ubuntu let pip touch the system's Python only where it is told so; older ones do not know the word.
const INSTALL = [
  'python3 -m pip --version || { echo "ERROR: the base image has no pip for its python3." >&2; exit 1; }',
  'force=$(python3 -m pip install --help | grep -o -m 1 -e --break-system-packages || true)',
  `exec python3 -m pip install --no-cache-dir --no-input --disable-pip-version-check $force -r ${PLACE}`,
].join('\n');

/** What builds the image: pip as root, and the base's own user afterwards. It names the base by its id, so it is the whole recipe. */
export function dockerfile({ Id, Config }: Pick<Image, 'Id' | 'Config'>, labels: Readonly<Record<string, string>> = {}): string {
  const user = Config?.User ?? '';
  const isRoot = ['', 'root', '0'].includes(user.split(':')[0] ?? '');
  const words = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [
    `FROM ${Id}`,
    // First, and together, so that each step of the build bears them all.
    ...(words.length > 0 ? [`LABEL ${words.join(' ')}`] : []),
    ...(isRoot ? [] : ['USER root']),
    `COPY ${REQUIREMENTS_FILE} ${PLACE}`,
    `RUN ${JSON.stringify(['/bin/sh', '-euc', INSTALL])}`,
    ...(isRoot ? [] : [`USER ${user}`]),
    '',
  ].join('\n');
}
