import { FileStore } from '@tus/file-store';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { bearer, readJson, sendJson, serve, type Service } from './http.ts';
import { createObjects, storageFault, type Objects, type StoredObject } from './storage-objects.ts';
import { resumableUploads, UPLOAD_PATH } from './storage-uploads.ts';
import { signToken, verifyToken, type Claims } from './tokens.ts';

/**
 * A stand-in for the part of Supabase Storage that evidence needs: resumable uploads by the same `@tus/server` that Supabase runs, signed
 * links, download, list, delete, buckets. Its limits: objects are files of a temporary folder and rows in memory; the policy is written
 * here (a client's people reach what lies below `<client_id>/`) where Supabase has row-level security on `storage.objects`; no public
 * buckets, plain uploads, ranges, copy, move or transformations.
 */
export interface StorageOptions {
  jwtSecret: string;
  /** Bytes that one object may have. */
  maxSize: number;
}

export interface StorageService extends Service {
  objects: Objects;
}

/** Whether these claims reach an object. */
const mayReach = (claims: Claims, name: string): boolean => {
  if (claims['role'] === 'service_role') return true;
  const client = claims['client_id'];
  return claims['role'] === 'authenticated' && typeof client === 'string' && client !== '' && name.startsWith(`${client}/`);
};

export async function startStorage({ jwtSecret, maxSize }: StorageOptions): Promise<StorageService> {
  const folder = mkdtempSync(join(tmpdir(), 'odoo-ops-storage-'));
  const objects = createObjects();

  async function claimsOf(token: string | null): Promise<Claims> {
    if (token === null) throw storageFault(400, 'InvalidRequest', "headers must have required property 'authorization'");
    return verifyToken(jwtSecret, token).catch((error: unknown) => {
      throw storageFault(403, 'Unauthorized', (error as Error).message);
    });
  }
  const uploads = resumableUploads({
    store: new FileStore({ directory: folder }),
    objects,
    maxSize,
    mayWrite: async (request, name) => mayReach(await claimsOf(bearer(request)), name),
  });

  async function send(found: StoredObject, response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': found.contentType, 'content-length': found.size, etag: `"${found.id}"` });
    await pipeline(createReadStream(found.file), response);
  }

  /** The object, where these claims reach it: what is not theirs is not there. */
  function reach(claims: Claims, bucket: string, name: string): StoredObject {
    const found = mayReach(claims, name) ? objects.get(bucket, name) : undefined;
    if (!found) throw storageFault(404, 'not_found', 'Object not found');
    return found;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '/', 'http://storage');
    const path = decodeURIComponent(url.pathname);
    const method = request.method ?? '';
    if (path.startsWith(UPLOAD_PATH)) return uploads.handle(request, response);
    const [, kind, bucket = '', name = ''] =
      /^\/(?:object\/(sign|list|authenticated)|object|bucket)(?:\/([^/]+))?(?:\/(.+))?$/.exec(path) ?? [];
    if (method === 'GET' && kind === 'sign') {
      const claims = await verifyToken(jwtSecret, url.searchParams.get('token') ?? '').catch((error: unknown) => {
        throw storageFault(400, 'InvalidJWT', (error as Error).message);
      });
      if (claims['url'] !== `${bucket}/${name}`) throw storageFault(400, 'InvalidSignature', 'Invalid signature');
      return send(reach({ role: 'service_role' }, bucket, name), response);
    }
    const claims = await claimsOf(bearer(request));
    if (path.startsWith('/bucket')) return buckets(objects, claims, { method, bucket, request, response });
    if (method === 'GET' && name !== '') return send(reach(claims, bucket, name), response);
    const body = await readJson(request);
    if (method === 'POST' && kind === 'sign') {
      reach(claims, bucket, name);
      const now = Math.floor(Date.now() / 1000);
      const token = await signToken(jwtSecret, { url: `${bucket}/${name}`, iat: now, exp: now + Number(body['expiresIn']) });
      return sendJson(response, 200, { signedURL: `/object/sign/${bucket}/${name}?token=${token}` });
    }
    if (method === 'POST' && kind === 'list') {
      const { prefix = '', limit = 100, offset = 0 } = body as { prefix?: string; limit?: number; offset?: number };
      const visible = objects.list(bucket, (each) => mayReach(claims, each), prefix);
      return sendJson(response, 200, visible.slice(offset, offset + limit));
    }
    if (method === 'DELETE' && kind === undefined && name === '') {
      const names = (body['prefixes'] as string[]).filter((each) => mayReach(claims, each));
      return sendJson(response, 200, objects.remove(bucket, names));
    }
    throw storageFault(404, 'not_found', `Route ${method}:${path} not found`);
  }

  const service = await serve(handle);
  return {
    upstream: service.upstream,
    objects,
    stop: async () => {
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface BucketRequest {
  method: string;
  bucket: string;
  request: IncomingMessage;
  response: ServerResponse;
}

async function buckets(objects: Objects, claims: Claims, { method, bucket, request, response }: BucketRequest) {
  if (method === 'GET' && bucket !== '') {
    if (claims['role'] !== 'service_role' || !objects.hasBucket(bucket)) throw storageFault(404, 'Bucket not found', 'Bucket not found');
    return sendJson(response, 200, { id: bucket, name: bucket, owner: '', public: false, file_size_limit: null, allowed_mime_types: null });
  }
  if (method !== 'POST' || bucket !== '') throw storageFault(404, 'not_found', `Route ${method}:/bucket not found`);
  if (claims['role'] !== 'service_role') throw storageFault(403, 'Unauthorized', 'new row violates row-level security policy');
  const name = String((await readJson(request))['name']);
  if (objects.hasBucket(name)) throw storageFault(409, 'Duplicate', 'The resource already exists');
  objects.addBucket(name);
  return sendJson(response, 200, { name });
}
