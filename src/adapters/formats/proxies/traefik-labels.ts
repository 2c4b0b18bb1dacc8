import * as z from 'zod';
import type { Middleware, TraefikModel } from './traefik-model.ts';
import type { Path, YamlTree } from './yaml-tree.ts';

const labelsSchema = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).catch([]);
const composeSchema = z.object({
  services: z.record(
    z.string(),
    z
      .object({ image: z.string().catch(''), labels: labelsSchema, deploy: z.object({ labels: labelsSchema }).catch({ labels: [] }) })
      .catch({ image: '', labels: [], deploy: { labels: [] } }),
  ),
});

interface Label {
  name: string;
  value: string;
  path: Path;
}

function labelsOf(labels: z.infer<typeof labelsSchema>, path: Path): Label[] {
  if (!Array.isArray(labels))
    return Object.entries(labels).map(([name, value]) => ({ name: name.toLowerCase(), value: String(value), path: [...path, name] }));
  return labels.flatMap((label, index) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(String(label)) ?? [];
    return name === undefined || value === undefined ? [] : [{ name: name.trim().toLowerCase(), value, path: [...path, index] }];
  });
}

const list = (value: string): string[] =>
  value
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** What Compose or Swarm services tell Traefik by labels, which are in any case (`traefik.http.routers.odoo.rule`). */
export function labelModel({ value, rangeOf, keyRange }: YamlTree): TraefikModel {
  const routers = new Map<string, TraefikModel['routers'][number]>();
  const services = new Map<string, string[]>();
  const middlewares = new Map<string, Middleware>();
  const { data } = composeSchema.safeParse(value);
  for (const [container, { image, labels, deploy }] of Object.entries(data?.services ?? {})) {
    const path = ['services', container];
    const all = [...labelsOf(labels, [...path, 'labels']), ...labelsOf(deploy.labels, [...path, 'deploy', 'labels'])];
    const isOdoo = /(?:^|\/)odoo(?:[:@]|$)/.test(image);
    const own: string[] = [];
    for (const label of all) {
      const [, kind, name = '', rest = ''] = /^traefik\.http\.(routers|services|middlewares)\.([^.]+)\.(.+)$/.exec(label.name) ?? [];
      if (kind === 'services' && rest === 'loadbalancer.server.port') {
        services.set(name, [`${isOdoo || label.value === '8069' ? 'odoo' : 'other'}:${label.value}`]);
        own.push(name);
      } else if (kind === 'middlewares') {
        if (rest === 'buffering.maxrequestbodybytes') {
          // What only the machine knows may well be a limit.
          const bytes = /^\d+$/.test(label.value) ? Number(label.value) : null;
          middlewares.set(name, bytes === null ? 'unknown' : { bytes, range: rangeOf(label.path) });
        } else if (rest === 'chain.middlewares') middlewares.set(name, { chain: list(label.value) });
        else if (rest.startsWith('redirect')) middlewares.set(name, 'redirect');
        else if (!middlewares.has(name)) middlewares.set(name, 'other');
      } else if (kind === 'routers') {
        const router = routers.get(name) ?? { name, service: null, middlewares: [], range: keyRange(path) };
        if (rest === 'service') router.service = label.value.toLowerCase();
        if (rest === 'middlewares') router.middlewares = list(label.value);
        routers.set(name, router);
        own.push(`router ${name}`);
      }
    }
    const ownServices = own.filter((name) => !name.startsWith('router '));
    if (ownServices.length === 0) services.set(`container ${container}`, [`${isOdoo ? 'odoo' : 'other'}:0`]);
    for (const router of routers.values())
      if (own.includes(`router ${router.name}`)) router.service ??= ownServices[0] ?? `container ${container}`;
  }
  return { routers: [...routers.values()], services, middlewares };
}
