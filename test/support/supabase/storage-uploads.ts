import type { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { IncomingMessage } from 'node:http';
import { HttpError } from './http.ts';
import type { Objects } from './storage-objects.ts';

export const UPLOAD_PATH = '/upload/resumable';

/** Supabase takes pieces of exactly this many bytes; only the last one is shorter. */
export const PIECE = 6 * 1024 * 1024;

interface UploadOptions {
  store: FileStore;
  objects: Objects;
  maxSize: number;
  /** @throws HttpError where the token is none */
  mayWrite: (request: IncomingMessage, name: string) => Promise<boolean>;
}

/** How @tus/server takes an error: by these two names. */
const refusal = (status: number, body: string) => Object.assign(new Error(body), { status_code: status, body });
interface WithNode {
  runtime?: { node?: { req: IncomingMessage } };
}
type Metadata = Record<string, string | null>;

/** Resumable uploads: an upload becomes an object when its last byte is there. */
export function resumableUploads({ store, objects, maxSize, mayWrite }: UploadOptions): Server {
  const nodeRequest = (request: unknown) => (request as WithNode).runtime!.node!.req;

  /** Each request is checked: a token that has expired in between uploads no more. */
  async function authorize(request: IncomingMessage, metadata: Metadata | undefined): Promise<void> {
    const { bucketName, objectName } = metadata ?? {};
    if (!bucketName || !objectName) throw refusal(400, 'bucketName and objectName are required in Upload-Metadata');
    const allowed = await mayWrite(request, objectName).catch((error: unknown) => {
      if (!(error instanceof HttpError)) throw error;
      const { statusCode, message } = error.body as { statusCode: string; message: string };
      throw refusal(Number(statusCode), message);
    });
    if (!allowed) throw refusal(403, 'new row violates row-level security policy');
    if (!objects.hasBucket(bucketName)) throw refusal(404, 'Bucket not found');
    if (request.headers['x-upsert'] !== 'true' && objects.get(bucketName, objectName)) throw refusal(409, 'The resource already exists');
  }

  function checkPiece(length: string | undefined, offset: number, size: number | undefined): void {
    if (length === undefined || size === undefined) throw refusal(400, 'The length of a piece must be known');
    const bytes = Number(length);
    if (bytes !== PIECE && offset + bytes !== size)
      throw refusal(400, `A piece has ${PIECE} bytes, except the last; this one has ${bytes}`);
  }

  return new Server({
    path: UPLOAD_PATH,
    datastore: store,
    maxSize,
    // The address that the client sees, which is the gateway's.
    generateUrl: (request, { id }) => `http://${request.headers.get('host') ?? ''}/storage/v1${UPLOAD_PATH}/${id}`,
    onIncomingRequest: async (request, id) => {
      if (request.method === 'POST') return;
      const { metadata, size } = await store.getUpload(id);
      const { headers } = nodeRequest(request);
      await authorize(nodeRequest(request), metadata);
      if (request.method === 'PATCH') checkPiece(headers['content-length'], Number(headers['upload-offset']), size);
    },
    onUploadCreate: async (request, upload) => {
      const { headers } = nodeRequest(request);
      await authorize(nodeRequest(request), upload.metadata);
      if (headers['content-type'] === 'application/offset+octet-stream') checkPiece(headers['content-length'], 0, upload.size);
      return {};
    },
    onUploadFinish: async (_, { id, metadata, size, storage }) => {
      const { bucketName, objectName, contentType } = metadata as { bucketName: string; objectName: string; contentType?: string };
      const object = {
        id,
        file: storage!.path,
        size: size!,
        contentType: contentType ?? 'application/octet-stream',
        createdAt: new Date().toISOString(),
      };
      objects.put(bucketName, objectName, object);
      return Promise.resolve({});
    },
  });
}
