import { rmSync } from 'node:fs';
import { HttpError } from './http.ts';

export interface StoredObject {
  id: string;
  file: string;
  size: number;
  contentType: string;
  createdAt: string;
}

interface Entry {
  name: string;
  id: string | null;
  created_at: string | null;
  updated_at: string | null;
  last_accessed_at: string | null;
  metadata: { size: number; mimetype: string; contentLength: number } | null;
}

/** Storage answers HTTP 400 to nearly everything that it refuses; the true status is a text in the body. */
export const storageFault = (status: number, error: string, message: string): HttpError =>
  new HttpError(400, { statusCode: String(status), error, message });

/** Buckets and what lies in them. */
export function createObjects() {
  const buckets = new Map<string, Map<string, StoredObject>>();
  const inside = (bucket: string) => {
    const found = buckets.get(bucket);
    if (!found) throw storageFault(404, 'Bucket not found', 'Bucket not found');
    return found;
  };
  const shown = (name: string, { id, size, contentType, createdAt }: StoredObject): Entry => ({
    name,
    id,
    created_at: createdAt,
    updated_at: createdAt,
    last_accessed_at: createdAt,
    metadata: { size, mimetype: contentType, contentLength: size },
  });
  return {
    hasBucket: (bucket: string) => buckets.has(bucket),
    addBucket: (bucket: string) => void buckets.set(bucket, new Map()),
    get: (bucket: string, name: string) => inside(bucket).get(name),
    put: (bucket: string, name: string, object: StoredObject) => {
      const before = inside(bucket).get(name);
      inside(bucket).set(name, object);
      if (before) rmSync(before.file, { force: true });
    },
    /** One level below a prefix: files, and folders without an id, as Storage lists them. */
    list: (bucket: string, visible: (name: string) => boolean, prefix: string): Entry[] => {
      const start = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
      const folders = new Set<string>();
      const names = [...inside(bucket).keys()].filter((name) => name.startsWith(start) && visible(name)).sort();
      return names.flatMap((name): Entry[] => {
        const [first = '', ...deeper] = name.slice(start.length).split('/');
        if (deeper.length === 0) return [shown(first, inside(bucket).get(name)!)];
        if (folders.has(first)) return [];
        folders.add(first);
        return [{ name: first, id: null, created_at: null, updated_at: null, last_accessed_at: null, metadata: null }];
      });
    },
    remove: (bucket: string, names: readonly string[]) =>
      names.flatMap((name) => {
        const found = inside(bucket).get(name);
        if (!found) return [];
        inside(bucket).delete(name);
        rmSync(found.file, { force: true });
        return [shown(name, found)];
      }),
  };
}

export type Objects = ReturnType<typeof createObjects>;
