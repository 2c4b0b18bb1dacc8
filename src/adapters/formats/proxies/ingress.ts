import * as z from 'zod';
import type { BodyLimit } from '../../../core/policy/facts.ts';
import { isOdooAddress } from './goes-to-odoo.ts';
import { nginxBytes } from './sizes.ts';
import type { YamlTree } from './yaml-tree.ts';

const ANNOTATION = 'nginx.ingress.kubernetes.io/proxy-body-size';
/** `proxy-body-size` of ingress-nginx where nothing is said. */
const DEFAULT_BYTES = 2 ** 20;

const ingressSchema = z.object({
  kind: z.literal('Ingress'),
  metadata: z.object({ annotations: z.record(z.string(), z.coerce.string()).catch({}) }),
  spec: z.object({
    ingressClassName: z.string().optional(),
    rules: z
      .array(
        z.object({
          http: z
            .object({
              paths: z.array(
                z.object({
                  backend: z
                    .object({
                      service: z.object({ name: z.string(), port: z.object({ number: z.number().optional() }).catch({}) }).optional(),
                      serviceName: z.string().optional(),
                      servicePort: z.union([z.string(), z.number()]).optional(),
                    })
                    .catch({}),
                }),
              ),
            })
            .catch({ paths: [] }),
        }),
      )
      .catch([]),
  }),
});

/** The limit of an Ingress of nginx that leads to Odoo. */
export function ingressLimits({ value, rangeOf }: YamlTree): BodyLimit[] {
  const { data } = ingressSchema.safeParse(value);
  if (!data) return [];
  const { metadata, spec } = data;
  const backends = spec.rules.flatMap(({ http }) => http.paths).map(({ backend }) => backend);
  const leadsToOdoo = backends.some(({ service, serviceName, servicePort }) =>
    isOdooAddress(service ? `${service.name}:${service.port.number ?? 0}` : `${serviceName ?? ''}:${servicePort ?? 0}`),
  );
  if (!leadsToOdoo) return [];
  const { annotations } = metadata;
  const said = annotations[ANNOTATION];
  const bytes = said === undefined ? DEFAULT_BYTES : nginxBytes(said);
  const isNginx =
    said !== undefined ||
    spec.ingressClassName === 'nginx' ||
    annotations['kubernetes.io/ingress.class'] === 'nginx' ||
    Object.keys(annotations).some((name) => name.startsWith('nginx.ingress.kubernetes.io/'));
  if (!isNginx || bytes === undefined) return [];
  const range = said === undefined ? rangeOf(['metadata', 'name']) : rangeOf(['metadata', 'annotations', ANNOTATION]);
  return [{ product: 'ingress', bytes: bytes === 0 ? null : bytes, said: said !== undefined, general: false, range }];
}
