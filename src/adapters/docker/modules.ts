import type { Code } from '../../core/pr-environments/engine.ts';
import type { Attempt } from '../../core/pr-environments/identity.ts';
import { OpsError } from '../../core/errors.ts';
import { LOCKED } from './containers.ts';
import { runContainer } from './run.ts';
import type { Host } from './settings.ts';

/**
 * Finds Odoo's own addons folders (beside its program, or where Python has the package), and lists modules of all folders. It imports nothing that
 * it finds, and reads no site folder: no code of the commit runs.
 */
const PROGRAM = `
import glob, os, shutil, sys
command, configured = sys.argv[1].split("\\n"), [path for path in sys.argv[2].split("\\n") if path]
roots = []
for word in command:
    program = shutil.which(word) or word
    if os.path.isfile(program):
        roots.append(os.path.dirname(os.path.realpath(program)))
for pattern in ("/usr/lib/python3*/dist-packages", "/usr/local/lib/python3*/*-packages", "/opt/*/lib/python3*/site-packages"):
    roots += sorted(glob.glob(pattern))
own = [os.path.join(root, "odoo", "addons") for root in roots]
community = [os.path.join(root, "addons") for root in roots]
seen = {}
for folder in [*own, *configured, *community]:
    if not os.path.isdir(folder):
        continue
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name not in seen and os.path.isfile(os.path.join(path, "__manifest__.py")):
            seen[name] = os.path.isfile(os.path.join(path, "data", "neutralize.sql"))
for name, neutralizes in seen.items():
    print("1" if neutralizes else "0", name)
`;

/** Modules that Odoo finds in the code's image, and whether each brings its own neutralisation. The first of a name wins, as for Odoo. */
export async function listModules(
  host: Host,
  { identity, stamp }: Attempt,
  code: Code,
  signal: AbortSignal,
): Promise<Map<string, { neutralizes: boolean }>> {
  const modules = new Map<string, { neutralizes: boolean }>();
  const said: string[] = [];
  const body = {
    Image: code.id,
    Entrypoint: ['python3', '-I', '-S', '-c', PROGRAM],
    Cmd: [host.settings.command.join('\n'), code.addons_path.join('\n')],
    User: host.settings.user,
    WorkingDir: '/',
    Healthcheck: { Test: ['NONE'] },
    HostConfig: { ...LOCKED, NetworkMode: 'none', PidsLimit: 64 },
  };
  const onLine = (line: string, stream: 'stdout' | 'stderr'): void => {
    const [, neutralizes, name] = /^([01]) (\w+)$/.exec(line) ?? [];
    if (stream === 'stdout' && name !== undefined) modules.set(name, { neutralizes: neutralizes === '1' });
    else said.push(line);
  };
  const { exitCode } = await runContainer(
    host,
    `${identity.name}-job-list`,
    stamp,
    body,
    { prepare: () => Promise.resolve(), onLine },
    signal,
  );
  if (exitCode === 0 && modules.size > 0) return modules;
  throw new OpsError('failed', `The modules of the image could not be listed: ${said.at(-1) ?? 'it has none'}`, {
    hint: 'See pull_requests.odoo.command in odoo-ops.yml: Odoo is looked for beside it.',
  });
}
