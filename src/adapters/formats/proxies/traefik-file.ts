import * as z from 'zod';
import type { Middleware, TraefikModel } from './traefik-model.ts';
import type { Path, YamlTree } from './yaml-tree.ts';

/** Keys in lower case, however Traefik's own pages spell them. */
function lower(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lower);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), lower(inner)]));
}

const middlewareSchema = z
  .object({
    buffering: z.object({ maxrequestbodybytes: z.coerce.number().optional() }).nullish(),
    chain: z.object({ middlewares: z.array(z.string()) }).optional(),
    redirectscheme: z.unknown().optional(),
    redirectregex: z.unknown().optional(),
  })
  .catch({});
const fileSchema = z.object({
  http: z.object({
    routers: z
      .record(z.string(), z.object({ service: z.string().nullable().catch(null), middlewares: z.array(z.string()).catch([]) }))
      .catch({}),
    services: z
      .record(
        z.string(),
        z.object({ loadbalancer: z.object({ servers: z.array(z.object({ url: z.string() })).catch([]) }).catch({ servers: [] }) }),
      )
      .catch({}),
    middlewares: z.record(z.string(), middlewareSchema).catch({}),
  }),
});

/** The path as it is spelled: `lower` has changed it. */
function spelled(value: unknown, path: Path): Path {
  let node = value;
  return path.map((step) => {
    const own = typeof node === 'object' && node !== null ? Object.keys(node).find((key) => key.toLowerCase() === String(step)) : undefined;
    node = own === undefined ? undefined : (node as Record<string, unknown>)[own];
    return own ?? step;
  });
}

function middlewareOf(middleware: z.infer<typeof middlewareSchema>, tree: YamlTree, path: Path): Middleware {
  const { buffering, chain, redirectscheme, redirectregex } = middleware;
  const bytes = buffering?.maxrequestbodybytes;
  if (bytes !== undefined) return { bytes, range: tree.rangeOf(spelled(tree.value, [...path, 'buffering', 'maxrequestbodybytes'])) };
  if (chain) return { chain: chain.middlewares.map((name) => name.toLowerCase()) };
  return redirectscheme !== undefined || redirectregex !== undefined ? 'redirect' : 'other';
}

/** Traefik's file of routers, services and middlewares (the file provider). */
export function fileModel(tree: YamlTree): TraefikModel {
  const { data } = fileSchema.safeParse(lower(tree.value));
  const { routers = {}, services = {}, middlewares = {} } = data?.http ?? {};
  return {
    routers: Object.entries(routers).map(([name, { service, middlewares: names }]) => ({
      name,
      service: service?.toLowerCase() ?? null,
      middlewares: names.map((middleware) => middleware.toLowerCase()),
      range: tree.keyRange(spelled(tree.value, ['http', 'routers', name])),
    })),
    services: new Map(Object.entries(services).map(([name, { loadbalancer }]) => [name, loadbalancer.servers.map(({ url }) => url)])),
    middlewares: new Map(
      Object.entries(middlewares).map(([name, middleware]) => [name, middlewareOf(middleware, tree, ['http', 'middlewares', name])]),
    ),
  };
}

const portSchema = z.union([z.string(), z.number()]).optional();
const routeSchema = z.object({
  kind: z.literal('IngressRoute'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    routes: z.array(
      z.object({
        services: z.array(z.object({ name: z.string(), port: portSchema })).catch([]),
        middlewares: z.array(z.object({ name: z.string() })).catch([]),
      }),
    ),
  }),
});
const objectSchema = z.object({ kind: z.literal('Middleware'), metadata: z.object({ name: z.string() }), spec: z.unknown().optional() });

/** The same as objects of Kubernetes: IngressRoute and Middleware, in the documents of one file. */
export function objectModel(trees: readonly YamlTree[]): TraefikModel {
  const routers: TraefikModel['routers'] = [];
  const services = new Map<string, string[]>();
  const middlewares = new Map<string, Middleware>();
  for (const tree of trees) {
    const middleware = objectSchema.safeParse(tree.value).data;
    if (middleware)
      middlewares.set(middleware.metadata.name.toLowerCase(), middlewareOf(middlewareSchema.parse(lower(middleware.spec)), tree, ['spec']));
    const route = routeSchema.safeParse(tree.value).data;
    route?.spec.routes.forEach((way, index) => {
      const name = `${route.metadata.name} ${index}`;
      services.set(
        name,
        way.services.map((service) => `${service.name}:${service.port ?? 0}`),
      );
      routers.push({
        name,
        service: name,
        middlewares: way.middlewares.map((used) => used.name.toLowerCase()),
        range: tree.rangeOf(['metadata', 'name']),
      });
    });
  }
  return { routers, services, middlewares };
}
