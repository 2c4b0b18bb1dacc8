import { parseRecord } from '../../adapters/files/evidence-store.ts';
import { sha256 } from '../../adapters/files/hash.ts';
import { supabaseStorage, type Storage } from '../../adapters/supabase/storage.ts';
import { filesOf, oneActivity } from '../../core/control-plane/questions.ts';
import { OpsError } from '../../core/errors.ts';
import { isUnchanged, RECORD_FILE, type EvidenceRecord } from '../../core/evidence/record.ts';
import type { Workspace } from '../workspace.ts';
import { requireControlPlane, supabaseOptions } from './open.ts';

/** Where the files of evidence lie in Supabase Storage: `<client_id>/<record id>/<path>`. */
export interface Artifacts {
  storage: Storage;
  bucket: string;
  /** Folder of all records of the client. */
  client: string;
}

/** What Storage allows as a name, without `/`, and without what a URL reads as its own. */
const FOLDER = /^(?!\.+$)[\w!.*'() &$@=;:+,-]+$/;

/** The bucket of this repository; null where none is configured: then files stay in the evidence folder. @throws OpsError `config` */
export function openArtifacts(workspace: Workspace): Artifacts | null {
  const { client_id: client, supabase } = workspace.config.control_plane;
  if (supabase?.bucket === undefined) return null;
  if (!FOLDER.test(client))
    throw new OpsError('config', `control_plane.client_id ${JSON.stringify(client)} cannot be a folder of Supabase Storage.`, {
      hint: 'Choose one of letters, digits and dashes, or leave control_plane.supabase.bucket out.',
    });
  return { storage: supabaseStorage(supabaseOptions(workspace, supabase), supabase.bucket), bucket: supabase.bucket, client };
}

/** @throws OpsError `usage` where none is configured */
export function requireArtifacts(workspace: Workspace): Artifacts {
  const artifacts = openArtifacts(workspace);
  if (artifacts) return artifacts;
  throw new OpsError('usage', 'No Storage bucket is configured: the files of evidence are in the clones and on the evidence branch only.', {
    hint: 'Set control_plane.supabase.bucket in odoo-ops.yml; `odoo-ops evidence sync` brings them there.',
  });
}

export interface ArtifactFile {
  path: string;
  bytes: number;
  sha256: string;
}

const noRecord = (id: string) =>
  new OpsError('usage', `The control plane has no record ${id}.`, { hint: '`odoo-ops history` shows the records with their ids.' });

/** What the control plane says that a record has, all but `record.json`. @throws OpsError `unreachable` */
export async function artifactFiles(workspace: Workspace, recordId: string): Promise<ArtifactFile[]> {
  const plane = await requireControlPlane(workspace);
  const files: ArtifactFile[] = [];
  for (;;) {
    const last = files.at(-1);
    const query = filesOf(recordId);
    const page = await plane.select({ ...query, ...(last && { after: [last.path] }) });
    files.push(...page.map(({ path, bytes, sha256: hash }) => ({ path, bytes, sha256: hash })));
    if (page.length < query.limit) return files;
  }
}

function changed(path: string, recordId: string, bucket: string): OpsError {
  return new OpsError('evidence', `${path} of record ${recordId} was changed in Storage.`, {
    hint: `Do not trust what bucket ${bucket} holds. The evidence branch of the remote, or a clone, may have the true one.`,
    details: { record: recordId, path },
  });
}

/**
 * The bytes of a file of a record from Storage, the same that the control plane has the hash of.
 * @param path from the folder of the record; also `record.json`
 * @throws OpsError `evidence` where it is not there or was changed; `usage` where the record has no such file; `unreachable`
 */
export async function fetchArtifact(workspace: Workspace, recordId: string, path: string): Promise<Buffer> {
  if (path === RECORD_FILE) return (await fetchRecord(workspace, recordId)).bytes;
  const { storage, client, bucket } = requireArtifacts(workspace);
  const plane = await requireControlPlane(workspace);
  const query = filesOf(recordId);
  const [file] = await plane.select({ ...query, where: [...query.where, { column: 'path', is: 'equal', value: path }] });
  if (!file)
    throw new OpsError('usage', `Record ${recordId} has no file ${JSON.stringify(path)} in the control plane.`, {
      hint: '`odoo-ops evidence fetch` brings all that it has.',
    });
  const bytes = await storage.download(`${client}/${recordId}/${path}`, file.bytes);
  if (sha256(bytes) !== file.sha256) throw changed(path, recordId, bucket);
  return bytes;
}

/** The record itself from Storage, checked by the hash that the control plane has. @throws OpsError as `fetchArtifact` */
export async function fetchRecord(workspace: Workspace, recordId: string): Promise<{ record: EvidenceRecord; bytes: Buffer }> {
  const { storage, client, bucket } = requireArtifacts(workspace);
  const [act] = await (await requireControlPlane(workspace)).select(oneActivity(recordId));
  if (!act) throw noRecord(recordId);
  const bytes = await storage.download(`${client}/${recordId}/${RECORD_FILE}`, 1_000_000);
  const parsed = parseRecord(bytes.toString());
  if (!parsed || !isUnchanged(parsed, sha256) || parsed.record.hash !== act.record_sha256) throw changed(RECORD_FILE, recordId, bucket);
  return { record: parsed.record, bytes };
}

export interface ArtifactLink {
  url: string;
  /** ISO 8601. Until then whoever has the link can read the file. */
  expires_at: string;
}

/** Seconds for which a link holds unless told. */
export const LINK_SECONDS = 600;

/** A link to a file of a record, for a browser. What it opens is not checked: see `fetchArtifact`. @throws OpsError as `fetchArtifact` */
export async function artifactLink(workspace: Workspace, recordId: string, path: string, seconds = LINK_SECONDS): Promise<ArtifactLink> {
  const { storage, client } = requireArtifacts(workspace);
  const expires = new Date(Date.now() + seconds * 1000);
  return { url: await storage.signedLink(`${client}/${recordId}/${path}`, seconds), expires_at: expires.toISOString() };
}
