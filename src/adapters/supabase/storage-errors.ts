import { OpsError } from '../../core/errors.ts';
import { isPassing, restError, type Failure } from './errors.ts';

export interface Place {
  /** Host of the project. */
  project: string;
  bucket: string;
  /** True where nobody was signed in. */
  anonymous: boolean;
}

/** Storage answers 400 to most of what it refuses; the true status stands in the body, which is JSON or a text. */
export function storageFailure(status: number, body: string): Failure {
  try {
    const { statusCode, message } = JSON.parse(body) as { statusCode?: unknown; message?: unknown };
    return { status: Number(statusCode) || status, code: '', message: typeof message === 'string' ? message : body };
  } catch {
    return { status, code: '', message: body };
  }
}

/** True where an object of that name is there already. */
export const isThere = ({ status, message }: Failure): boolean => status === 409 && /exist|duplicate/i.test(message);

/** True for what may go away by itself. 409 and 423: another process, or our own lost request, is at the same upload. */
export const isPassingInStorage = (failure: Failure): boolean =>
  isPassing(failure) || failure.status === 423 || (failure.status === 409 && !isThere(failure));

/** What a failure of Storage means for a person. @param name of the object, or what else was asked for */
export function storageError(failure: Failure, name: string, { project, bucket, anonymous }: Place): OpsError {
  const { status, message } = failure;
  const details = { status, answer: message.slice(0, 500), object: name };
  const token = (text: string) => restError({ status: 401, code: 'PGRST301', message: text }, project, anonymous);
  if (status > 0 && /"exp" claim|jwt expired/i.test(message)) return token('JWT expired');
  if (status > 0 && /\bJW[ST]\b|signature verification|"\w+" claim/i.test(message)) return token(message);
  if (status === 404 && /bucket/i.test(message))
    return new OpsError('unreachable', `Supabase at ${project} has no bucket ${bucket}, or does not show it.`, {
      hint: `Create it, private: Storage, New bucket; or in SQL: insert into storage.buckets (id, name) values ('${bucket}', '${bucket}').`,
      details,
    });
  if (status === 401 || status === 403 || /row-level security/i.test(message)) {
    if (anonymous) return restError({ status, code: '42501', message }, project, true);
    return new OpsError('unreachable', `Storage of ${project} does not let this token do that with ${name}: ${message}`, {
      hint: 'Files are sent with the service key, or a token with ops_role "ci" and this client_id; the policies come with `odoo-ops control-plane migrate`.',
      details,
    });
  }
  if (status === 404)
    return new OpsError('evidence', `${name} is not in bucket ${bucket}.`, {
      hint: '`odoo-ops evidence sync` in a clone that has the record sends it.',
      details,
    });
  if (status === 413)
    return new OpsError('rejected', `${name} is larger than bucket ${bucket} takes.`, {
      hint: 'Raise the size limit of the bucket, or of the project.',
      details,
    });
  if (status >= 400 && status < 500 && status !== 408 && status !== 429)
    return new OpsError('rejected', `Storage does not take ${name}: ${message.slice(0, 200)}`, { details });
  return restError(failure, project, anonymous);
}
