import { open, type FileHandle } from 'node:fs/promises';
import type { DetailedError, UploadOptions } from 'tus-js-client';
import { isOpsError } from '../../core/errors.ts';
import type { Failure } from './errors.ts';
import { storageFailure } from './storage-errors.ts';

/** Supabase takes pieces of exactly this many bytes; only the last one may be shorter. */
export const PIECE = 6 * 1024 * 1024;

export interface Attempt {
  /** Where uploads are created. */
  endpoint: string;
  /** Where an earlier attempt got to; null for a new upload. Storage forgets one after a day: then a new one is made. */
  uploadUrl: string | null;
  file: string;
  bytes: number;
  metadata: { bucketName: string; objectName: string; contentType: string; cacheControl: string };
  /** Headers that say who asks. Asked before each request: a token may have been refreshed since. */
  authorize: () => Promise<Readonly<Record<string, string>>>;
  /** Milliseconds that one request may take. */
  limit: number;
  signal: AbortSignal;
  /** Keeps where this upload can go on. */
  keepUrl: (url: string) => Promise<void>;
  /** Called with the bytes that Storage has, after each piece. */
  onProgress: (bytes: number) => void;
}

/** A piece at a time in memory; a file that lost its end ends the upload. */
function reader(handle: FileHandle, size: number): NonNullable<UploadOptions['fileReader']> {
  const slice = async (start: number, end: number) => {
    const value = Buffer.alloc(Math.min(end, size) - start);
    for (let done = 0; done < value.length;) {
      const { bytesRead } = await handle.read(value, done, value.length - done, start + done);
      if (bytesRead === 0) throw new Error('the file became shorter meanwhile');
      done += bytesRead;
    }
    return { value: Object.assign(value, { size: value.length }), done: end >= size };
  };
  return { openFile: () => Promise.resolve({ size, slice, close: () => undefined }) };
}

/** The failure that tus-js-client reports. @throws OpsError of `authorize` */
function failureOf(error: Error | DetailedError): Failure {
  if (!('originalRequest' in error)) return { status: 0, code: '', message: error.message };
  if (isOpsError(error.causingError)) throw error.causingError;
  const { originalResponse: response, causingError } = error;
  return response
    ? storageFailure(response.getStatus(), response.getBody())
    : { status: 0, code: '', message: causingError?.message ?? error.message };
}

/**
 * One attempt at an upload: from where an earlier one got to, up to its end or the first thing that goes wrong.
 * @returns null where all of it is in Storage; else what went wrong
 */
export async function attemptUpload(options: Attempt): Promise<Failure | null> {
  const { endpoint, uploadUrl, file, bytes, metadata, authorize, limit, signal, keepUrl, onProgress } = options;
  const { Upload } = await import('./sdk.ts');
  const handle = await open(file);
  // Whoever answers, our token goes to our project: of a URL only the name of the upload is taken.
  const ours = (url: string) => `${endpoint}/${new URL(url, endpoint).pathname.split('/').at(-1) ?? ''}`;
  let timer: NodeJS.Timeout | undefined;
  let stop: () => void = () => undefined;
  let kept = Promise.resolve();
  try {
    return await new Promise<Failure | null>((resolve, reject) => {
      let ended = false;
      const give = (message: string) => {
        ended = true;
        void upload.abort();
        resolve({ status: 0, code: '', message });
      };
      stop = () => give('stopped');
      const upload = new Upload(Buffer.alloc(0), {
        endpoint,
        uploadUrl: uploadUrl === null ? null : ours(uploadUrl),
        uploadSize: bytes,
        metadata,
        chunkSize: PIECE,
        fileReader: reader(handle, bytes),
        fingerprint: () => Promise.resolve(''),
        storeFingerprintForResuming: false,
        // One request for what is small. What is larger first gets the place where it can go on.
        uploadDataDuringCreation: bytes > 0 && bytes <= PIECE,
        retryDelays: null,
        onBeforeRequest: async (request) => {
          await kept;
          for (const [name, value] of Object.entries(await authorize())) request.setHeader(name, value);
          // tus cannot take back what it is about to send.
          if (ended) throw new Error('stopped');
          clearTimeout(timer);
          timer = setTimeout(() => give(`no answer within ${Math.ceil(limit / 1000)} s`), limit).unref();
        },
        onAfterResponse: () => clearTimeout(timer),
        onUploadUrlAvailable: () => {
          if (upload.url === null) return;
          upload.url = ours(upload.url);
          // Without it a killed upload begins anew, and nothing else is lost.
          kept = keepUrl(upload.url).catch(() => undefined);
        },
        onChunkComplete: (_size, accepted) => onProgress(accepted),
        onSuccess: () => resolve(null),
        onError: (error) => {
          try {
            resolve(failureOf(error));
          } catch (known) {
            reject(known instanceof Error ? known : error);
          }
        },
      });
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      else upload.start();
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    await kept;
    await handle.close();
  }
}
