import { createHash } from 'node:crypto';
import { createTar } from '../../adapters/files/tar.ts';
import type { Git } from '../../adapters/git/git.ts';
import { commitWithMessage } from '../../adapters/git/history.ts';
import { listTree, readBlobs } from '../../adapters/git/objects.ts';
import { submoduleFiles } from '../../adapters/git/submodules.ts';
import { parseManifest } from '../../adapters/odoo/manifest.ts';
import {
  buildInputs,
  checkSymlink,
  isBuildInput,
  isSubmodule,
  isSymlink,
  refuseSubmodules,
  refuseUnreadableNames,
} from '../../core/build/inputs.ts';
import { buildManifest, type BuildManifest } from '../../core/build/manifest.ts';
import { matchesAny } from '../../core/config/patterns.ts';
import { addonsFolders, type Config } from '../../core/config/schema.ts';
import { OpsError } from '../../core/errors.ts';
import { MANIFEST_FILE, moduleFolder } from '../../core/repository/module.ts';
import type { Commit, TreeEntry } from '../../core/repository/commit.ts';
import type { Sha } from '../../core/repository/names.ts';
import { shortSha } from '../../core/repository/short-sha.ts';
import type { Sha256 } from '../../core/hash.ts';
import { buildConfig } from '../config-at.ts';

/** A commit as a build needs it, read once. */
export interface BuildSource {
  git: Git;
  commit: Commit & { message: string };
  tree: readonly TreeEntry[];
  /** The commit's own configuration. */
  config: Config;
}

export interface BuildRequest {
  /** The branch that the build was asked for, or null. */
  branch: string | null;
  /** Where the tar goes; null to find out the hash only. */
  output: string | null;
  onFile?: (done: number, total: number) => void;
}

export async function readBuildSource(git: Git, sha: Sha): Promise<BuildSource> {
  const [commit, tree] = await Promise.all([commitWithMessage(git, sha), listTree(git, sha)]);
  return { git, commit, tree, config: await buildConfig(git, sha, tree) };
}

/** A part of the build that one repository holds: the repository itself, or a submodule. */
interface Segment {
  git: Git;
  entries: TreeEntry[];
}

/** Replaces each initialised submodule by its files, so that the build holds what Odoo would load. */
async function expand(git: Git, inputs: readonly TreeEntry[], config: Config): Promise<Segment[]> {
  const segments: Segment[] = [];
  const missing: TreeEntry[] = [];
  for (const entry of inputs) {
    if (!isSubmodule(entry)) {
      const last = segments.at(-1);
      if (last?.git === git) last.entries.push(entry);
      else segments.push({ git, entries: [entry] });
      continue;
    }
    const found = await submoduleFiles(git, entry);
    if (found === null) missing.push(entry);
    else segments.push({ git: found.git, entries: found.files.filter(({ path }) => isBuildInput(path, config)) });
  }
  refuseSubmodules([...missing, ...segments.filter((segment) => segment.git !== git).flatMap(({ entries }) => entries)]);
  return segments;
}

function pathsOf(entries: readonly TreeEntry[]): Set<string> {
  return new Set(entries.flatMap(({ path }) => path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))));
}

/** Hash of what each addon and dependency file holds, and each addon's version, gathered while the tar is written. */
function contentHashes(config: Config, addons: ReadonlySet<string>) {
  const folders = addonsFolders(config);
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  const versions = new Map<string, string | null>();
  const dependencies: { path: string; sha256: Sha256 }[] = [];
  return {
    of: (entry: TreeEntry) => {
      const addon = moduleFolder(entry.path, folders);
      const isDependency = matchesAny(entry.path, config.build.dependency_files);
      const addonHash = addon !== undefined && addons.has(addon) ? (hashes.get(addon) ?? createHash('sha256')) : undefined;
      if (addon !== undefined && addonHash) {
        hashes.set(addon, addonHash);
        // git names each file by its content, so the names say all: no byte is hashed a second time.
        addonHash.update(`${entry.mode} ${entry.object} ${entry.path.slice(addon.length + 1)}\0`);
      }
      const fileHash = isDependency ? createHash('sha256') : undefined;
      const manifest: Buffer[] | undefined = addonHash && entry.path === `${addon ?? ''}/${MANIFEST_FILE}` ? [] : undefined;
      return {
        update: (chunk: Buffer) => {
          manifest?.push(Buffer.from(chunk)); // the reader uses its buffer again
          fileHash?.update(chunk);
        },
        end: () => {
          if (fileHash) dependencies.push({ path: entry.path, sha256: fileHash.digest('hex') });
          if (manifest && addon !== undefined)
            versions.set(addon, parseManifest(Buffer.concat(manifest).toString('utf8'))?.version ?? null);
        },
      };
    },
    dependencies,
    addons: () => [...hashes].map(([path, hash]) => ({ path, sha256: hash.digest('hex'), version: versions.get(path) ?? null })),
  };
}

/**
 * Builds one commit: the canonical tar and its manifest (§5.3). Everything comes from git's objects, nothing from the work tree,
 * so the bytes depend on the commit alone; memory does not grow with the size of the tree.
 * @throws OpsError `repository` where the commit holds no addon, or a link or submodule that cannot be taken in
 */
export async function buildArtifact(
  { git, commit, tree, config }: BuildSource,
  { branch, output, onFile }: BuildRequest,
): Promise<BuildManifest> {
  const segments = await expand(git, buildInputs(tree, config), config);
  const entries = segments.flatMap((segment) => segment.entries);
  refuseUnreadableNames(entries);
  const folders = addonsFolders(config);
  const suffix = `/${MANIFEST_FILE}`;
  const addons = entries
    .filter(({ path }) => path.endsWith(suffix) && moduleFolder(path, folders) === path.slice(0, -suffix.length))
    .map(({ path }) => path.slice(0, -suffix.length));
  if (addons.length === 0) {
    throw new OpsError('repository', `Commit ${shortSha(commit.sha)} holds no addon in ${folders.join(', ')}.`, {
      hint: 'Check odoo.addons_path, and that odoo-ops.yml is committed: a build reads the commit, not the work tree.',
    });
  }
  // Of every file and folder; made where a link asks for it, because few commits hold one.
  let paths: Set<string> | undefined;
  const contents = contentHashes(config, new Set(addons));
  const tar = await createTar(new Date(commit.committed_at), output);
  let files = 0;
  try {
    for (const segment of segments) {
      await readBlobs(segment.git, segment.entries, async (entry, blob) => {
        const hashes = contents.of(entry);
        if (isSymlink(entry)) {
          const chunks: Buffer[] = [];
          for await (const chunk of blob.chunks()) chunks.push(chunk);
          chunks.forEach(hashes.update);
          const target = Buffer.concat(chunks).toString();
          paths ??= pathsOf(entries);
          checkSymlink(entry.path, target, (path) => paths?.has(path) === true);
          await tar.add({ path: entry.path, type: 'symlink', size: 0, target }, []);
        } else {
          await tar.add(
            { path: entry.path, type: entry.mode === '100755' ? 'executable' : 'file', size: blob.size },
            blob.chunks(),
            hashes.update,
          );
        }
        hashes.end();
        files++;
        if (files % 500 === 0) onFile?.(files, entries.length);
      });
    }
    const artifact = await tar.finish();
    return buildManifest(commit, branch, config.build.image ?? null, {
      ...artifact,
      files,
      dependencies: contents.dependencies,
      addons: contents.addons(),
    });
  } catch (error) {
    await tar.abandon();
    throw error;
  }
}
