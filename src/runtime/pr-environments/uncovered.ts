import { heldSecrets } from '../../adapters/postgres/environments/coverage.ts';
import { librariesThatSend, uncoveredModules, type Uncovered } from '../../core/neutralisation/coverage.ts';
import { toOpsError } from '../../core/errors.ts';
import type { TreeEntry } from '../../core/repository/commit.ts';
import type { Session } from '../evidence/session.ts';
import { say } from '../workspace.ts';
import type { Building } from './building.ts';

/** Milliseconds for each question. */
const TIMEOUT = 60_000;
/** Larger Python files are data. */
const LONGEST = 512 * 1024;

/** Those of some modules whose Python talks to other machines, and by which libraries. */
async function senders({ source }: Pick<Building, 'source'>, modules: ReadonlySet<string>): Promise<Map<string, string[]>> {
  const found = new Map<string, Set<string>>();
  for (const { path, files } of source.folders) {
    const moduleOf = (file: TreeEntry): string => file.path.slice(path.length + 1).split('/')[0] ?? '';
    const isRead = (file: TreeEntry): boolean => file.path.endsWith('.py') && file.mode.startsWith('100') && !file.path.includes('/tests/');
    const python = files.filter((file) => modules.has(moduleOf(file)) && isRead(file));
    await source.read(python, async (file, size, chunks) => {
      const parts: Buffer[] = [];
      for await (const chunk of chunks) if (size <= LONGEST) parts.push(Buffer.from(chunk));
      const libraries = librariesThatSend(Buffer.concat(parts).toString('utf8'));
      if (libraries.length > 0) found.set(moduleOf(file), new Set([...(found.get(moduleOf(file)) ?? []), ...libraries]));
    });
  }
  return new Map([...found].map(([module, libraries]) => [module, [...libraries]]));
}

/**
 * Installed modules that hold credentials or send things, and that no neutralisation covers: for people to look at. The proof is another one;
 * where this cannot be asked, the environment says so and goes on.
 */
export async function uncovered(building: Building, session: Session): Promise<Uncovered[]> {
  try {
    return await lookForUncovered(building);
  } catch (error) {
    building.signal.throwIfAborted();
    say(session.context, `Nobody could look for modules that no neutralisation covers: ${toOpsError(error).message}`, 'warning');
    return [];
  }
}

async function lookForUncovered(building: Building): Promise<Uncovered[]> {
  const { platform, attempt, password, modules, signal } = building;
  const url = platform.server.url(attempt.identity, password);
  const held = await heldSecrets({ url, timeout: TIMEOUT }, signal);
  // What is not installed does nothing, and what neutralises itself is taken at its word.
  const asked = new Set(held.installed.filter((name) => modules.get(name)?.neutralizes !== true));
  return uncoveredModules({
    ...held,
    modules,
    declared: platform.config.policy.integrations.flatMap(({ parameters }) => parameters),
    senders: await senders(building, asked),
  });
}
