import type { Workspace } from '../workspace.ts';
import { requireEnvironment } from './find.ts';
import { openPlatform, type PlatformOptions } from './platform.ts';

export interface LogOptions extends PlatformOptions {
  /** How many of the last lines. */
  tail: number;
  /** Goes on with what is new, until the signal. */
  follow: boolean;
  onLine: (line: string) => void;
}

/** The log of an environment's Odoo. @throws OpsError `usage` where there is none */
export async function environmentLogs(workspace: Workspace, number: number, options: LogOptions, signal: AbortSignal): Promise<void> {
  const platform = await openPlatform(workspace, options);
  const { identity } = await requireEnvironment(platform, number, signal);
  await platform.engine.logs(identity, options, signal);
}
