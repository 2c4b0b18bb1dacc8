import { OpsError } from '../../core/errors.ts';
import type { Code } from '../../core/pr-environments/engine.ts';
import type { Attempt } from '../../core/pr-environments/identity.ts';
import { COPY, copierBody, copyFailed, FROM, ownFolders } from './copier.ts';
import { filestoreName } from './odoo.ts';
import { runContainer } from './run.ts';
import { DATA_DIR, type Host } from './settings.ts';
import { COMPLETE, FILES, templateVolumes } from './template-files.ts';
import { makeVolume } from './volumes.ts';

const INCOMPLETE = 3;

/**
 * The environment's filestore: empty, or a copy of a template's that shares no inode with it.
 * @returns how many bytes it holds
 * @throws OpsError `failed` where the template has no files here
 */
export async function makeFilestore(host: Host, attempt: Attempt, code: Code, from: string | null, signal: AbortSignal): Promise<number> {
  const { identity, stamp } = attempt;
  await makeVolume(host, filestoreName(identity), 'filestore', stamp, {}, signal);
  if (from === null) return fill(host, attempt, code, null, signal).then((bytes) => bytes ?? 0);
  for (const template of await templateVolumes(host, from, signal)) {
    const bytes = await fill(host, attempt, code, template, signal);
    if (bytes !== null) return bytes;
  }
  throw new OpsError('failed', `The template ${from} has no filestore here, or only a part of one.`, {
    hint: 'Make it again with the filestore of its database: `odoo-ops pr template --filestore <folder>`.',
  });
}

/** @returns null where the template's volume holds only a part */
async function fill(
  host: Host,
  { identity, stamp }: Attempt,
  code: Code,
  template: string | null,
  signal: AbortSignal,
): Promise<number | null> {
  const target = `${DATA_DIR}/filestore/${identity.database}`;
  const copy = template === null ? ':' : `[ -e ${FROM}/${COMPLETE} ] || exit ${INCOMPLETE}; ${COPY} ${FROM}/${FILES}/. ${target}/`;
  const body = copierBody(code.id, host.settings.user, `${copy}; du -sb ${target} | cut -f1`, [
    { volume: filestoreName(identity), at: DATA_DIR },
    ...(template === null ? [] : [{ volume: template, at: FROM, readOnly: true }]),
  ]);
  const lines: string[] = [];
  const prepare = (id: string): Promise<void> => ownFolders(host, id, [DATA_DIR, `${DATA_DIR}/filestore`, target], signal);
  const onLine = (line: string): unknown => lines.push(line);
  const { exitCode } = await runContainer(host, `${identity.name}-job-filestore`, stamp, body, { prepare, onLine }, signal);
  if (exitCode === INCOMPLETE) return null;
  if (exitCode !== 0) throw copyFailed(lines);
  return Number(lines.at(-1) ?? 0);
}
