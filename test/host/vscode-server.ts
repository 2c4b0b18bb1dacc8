import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from './chromium.ts';
import { startProcessGroup, type ProcessGroup } from './process-group.ts';
import { ensureModuleLinks, INSTALL_COMMAND, isServerInstalled, linkBuiltins, SERVER_NODE, SERVER_NODE_ARGS } from './server-folder.ts';
import { until } from './until.ts';
import { userSettings, type Theme } from './user-settings.ts';

const START_TIMEOUT_MS = 30_000;
const INSTALL_TIMEOUT_MS = 60_000;

export interface VscodeServerOptions {
  /** A packaged extension to install before the start. */
  vsix?: string | undefined;
  /** Added to the environment of the server and so of the extension host; `undefined` takes a variable away. */
  env?: Record<string, string | undefined> | undefined;
  /** `false` opens folders in Restricted Mode. */
  trust?: boolean | undefined;
  theme?: Theme | undefined;
  /** User settings on top of the quiet ones. */
  settings?: Record<string, unknown> | undefined;
  /** Built-in extensions beyond the few that are always there, such as `git`. */
  builtins?: readonly string[] | undefined;
  /** Needed to run a suite in the host. It hides notifications and refuses dialogs. */
  smokeTestDriver?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface VscodeServer {
  /** `127.0.0.1:port`, which is also the remote authority. */
  authority: string;
  /** VS Code's own logs and output channels: for a look after a failure. Gone after `stop`. */
  logsFolder: string;
  output: ProcessGroup['output'];
  exited: ProcessGroup['exited'];
  stop: () => Promise<void>;
}

/** Why tests in a real VS Code cannot run on this machine, as a sentence for a person; `undefined` when they can. */
export function missingForHostTests(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return `they need Linux x64 (this is ${process.platform} ${process.arch}): use the dev container`;
  }
  if (findChromium() === undefined) return 'no Chromium on PATH: apt-get install -y chromium';
  if (!isServerInstalled()) return `the VS Code server is not installed: ${INSTALL_COMMAND}`;
  return undefined;
}

function serverEnvironment(home: string, extra: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|XDG_|npm_|NODE_OPTIONS$)/.test(name));
  const xdg = ['CONFIG', 'DATA', 'STATE', 'CACHE'].map((kind) => [`XDG_${kind}_HOME`, join(home, `xdg-${kind.toLowerCase()}`)]);
  const base = Object.fromEntries([...kept, ...xdg]) as NodeJS.ProcessEnv;
  // Sockets go to XDG_RUNTIME_DIR, and would stay behind in the temporary folder otherwise.
  return { ...base, HOME: home, XDG_RUNTIME_DIR: home, EXTENSIONS_GALLERY: '{}', ...extra };
}

async function installExtension(vsix: string, args: readonly string[], env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<void> {
  const installer = startProcessGroup(SERVER_NODE, [...SERVER_NODE_ARGS, ...args, '--install-extension', vsix, '--force'], env);
  let code: number | string | undefined;
  void installer.exited.then((value) => (code = value));
  try {
    await until('the extension to be installed', () => code, { timeoutMs: INSTALL_TIMEOUT_MS, signal });
  } finally {
    await installer.stop();
  }
  if (code !== 0 || !installer.output().includes('successfully installed')) {
    throw new Error(`${vsix} cannot be installed (${code}):\n${installer.output()}`);
  }
}

/** The server picks a free port itself: nobody else can take it between our look and its start. */
async function waitForAuthority(group: ProcessGroup, signal?: AbortSignal): Promise<string> {
  let ended: number | string | undefined;
  void group.exited.then((value) => (ended = value));
  const probe = async () => {
    if (ended !== undefined) throw new Error(`The VS Code server ended at once (${ended}):\n${group.output()}`);
    const port = /agent listening on (\d+)/.exec(group.output())?.[1];
    if (port === undefined) return undefined;
    const answer = await fetch(`http://127.0.0.1:${port}/version`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    return answer?.ok ? `127.0.0.1:${port}` : undefined;
  };
  return until('the VS Code server', probe, { timeoutMs: START_TIMEOUT_MS, signal });
}

/** Starts a VS Code server with a home, settings and extensions of its own, and waits until it answers. */
export async function startVscodeServer(options: VscodeServerOptions = {}): Promise<VscodeServer> {
  const missing = missingForHostTests();
  if (missing !== undefined) throw new Error(`Host tests cannot run: ${missing}`);
  ensureModuleLinks();

  const home = mkdtempSync(join(tmpdir(), 'odoo-ops-vscode-'));
  const removeHome = () => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  const data = join(home, 'server');
  const builtins = join(home, 'builtins');
  const env = serverEnvironment(home, options.env ?? {});
  const folders = ['--server-data-dir', data, '--extensions-dir', join(home, 'extensions'), '--builtin-extensions-dir', builtins];
  const quiet = ['--accept-server-license-terms', '--telemetry-level', 'off', '--disable-telemetry', '--disable-experiments'];
  // `--log` is also the level of the extension's own log channel: `info` is what people have.
  const listen = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--log', 'info'];
  const flags = [
    ...(options.trust === false ? [] : ['--disable-workspace-trust']),
    ...(options.smokeTestDriver ? ['--enable-smoke-test-driver'] : []),
  ];

  let group: ProcessGroup | undefined;
  try {
    linkBuiltins(builtins, options.builtins);
    mkdirSync(join(data, 'data', 'User'), { recursive: true });
    writeFileSync(join(data, 'data', 'User', 'settings.json'), JSON.stringify(userSettings(options.theme, options.settings)));
    if (options.vsix !== undefined) await installExtension(options.vsix, [...folders, ...quiet], env, options.signal);
    const started = (group = startProcessGroup(SERVER_NODE, [...SERVER_NODE_ARGS, ...listen, ...folders, ...quiet, ...flags], env));
    const authority = await waitForAuthority(started, options.signal);
    const stop = async () => {
      await started.stop();
      await removeHome();
    };
    return { authority, logsFolder: join(data, 'data', 'logs'), output: started.output, exited: started.exited, stop };
  } catch (error) {
    await group?.stop();
    await removeHome();
    throw error;
  }
}
