import { toOpsError } from '../../../core/errors.ts';
import { runAsUser } from './as-user.ts';
import { throwIfEnded } from './failures.ts';

/**
 * Reads requirements from stdin and says what this interpreter has not, or in another version. Lines with a marker are for some
 * interpreters only: whether for this one is not asked, so they are left out, as are options and addresses.
 */
const LOOK = `
import importlib.metadata as metadata, re, sys
for line in sys.stdin:
    found = re.match(r'([A-Za-z0-9][A-Za-z0-9._-]*)\\s*(?:\\[[^]]*\\])?\\s*(?:(==)\\s*([^\\s,;#*]+))?\\s*(.*)$', line.split('#')[0].strip())
    if not found or ';' in found[4] or '@' in found[4]:
        continue
    name, _, version, _ = found.groups()
    try:
        have = metadata.version(name)
    except metadata.PackageNotFoundError:
        print(f'{name} is not installed')
    else:
        if version and version != have:
            print(f'{name} is {have}, and {version} is asked for')
`;

/** How the Python of this machine differs from what a commit asks for: it gets nothing installed. One line each. */
export async function missingRequirements(python: string, requirements: string | null, signal: AbortSignal): Promise<string[]> {
  if (requirements === null) return [];
  try {
    const output = await runAsUser([python, '-I', '-c', LOOK], undefined, signal, requirements);
    return output
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `Python requirements: ${line}. Processes of this machine get none installed.`);
  } catch (error) {
    throwIfEnded(signal);
    return [`Python requirements could not be compared: ${toOpsError(error).message}`]; // a note less, no reason to build nothing
  }
}
