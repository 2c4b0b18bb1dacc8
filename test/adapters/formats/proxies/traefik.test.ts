import assert from 'node:assert/strict';
import { traefikReader } from '../../../../src/adapters/formats/proxies/traefik.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string, path = 'compose.yml'): FileFacts => traefikReader.read(path, text) as FileFacts;
const limits = (text: string, path?: string) =>
  read(text, path).body_limits?.map(({ product, bytes, said, range }) => [product, bytes, said, range.start.line]);

const compose = (...labels: string[]): string =>
  [
    'services:',
    '  odoo:',
    '    image: odoo:19.0',
    '    labels:',
    '      - traefik.enable=true',
    ...labels.map((label) => `      - "${label}"`),
    '',
  ].join('\n');

describe('the reader of Traefik', () => {
  it('finds the limit in the labels of Compose, in any case', () => {
    assert.deepEqual(
      limits(
        compose(
          'traefik.http.routers.odoo.rule=Host(`a.b`)',
          'traefik.http.routers.odoo.middlewares=size,secure',
          'traefik.http.middlewares.size.buffering.maxRequestBodyBytes=52428800',
          'traefik.http.middlewares.secure.headers.stsSeconds=1',
        ),
      ),
      [['traefik', 52428800, true, 8]],
    );
    const map =
      'services:\n  web:\n    image: odoo\n    deploy:\n      labels:\n        traefik.http.routers.x.middlewares: s\n        Traefik.HTTP.Middlewares.s.Buffering.MaxRequestBodyBytes: 0\n';
    assert.deepEqual(limits(map), [['traefik', null, true, 7]]);
  });

  it('tells an Odoo without a limit once, and says nothing where another file may hold it', () => {
    const rule = 'traefik.http.routers.odoo.rule=Host(`a.b`)';
    assert.deepEqual(limits(compose(rule, 'traefik.http.services.odoo.loadbalancer.server.port=8069')), [['traefik', null, false, 2]]);
    assert.deepEqual(
      limits(compose(rule, 'traefik.http.routers.odoo.service=x@docker', 'traefik.http.services.x.loadbalancer.server.port=8069')),
      [['traefik', null, false, 2]],
    );
    const retry = 'traefik.http.middlewares.retry.buffering.retryExpression=Attempts() < 5';
    assert.deepEqual(limits(compose(rule, 'traefik.http.routers.odoo.middlewares=retry', retry)), [['traefik', null, false, 2]]);
    const machine = 'traefik.http.middlewares.size.buffering.maxRequestBodyBytes=${SIZE}';
    assert.deepEqual(limits(compose(rule, 'traefik.http.routers.odoo.middlewares=size', machine)), []);
    assert.deepEqual(limits(compose(rule, 'traefik.http.routers.odoo.middlewares=size@file')), []);
    assert.deepEqual(
      limits(compose(rule, 'traefik.http.routers.odoo.middlewares=a', 'traefik.http.middlewares.a.chain.middlewares=b@file')),
      [],
    );
  });

  it('asks nothing of redirects, of the web socket, and of other services', () => {
    assert.deepEqual(
      limits(compose('traefik.http.routers.r.middlewares=https', 'traefik.http.middlewares.https.redirectscheme.scheme=https')),
      [],
    );
    assert.deepEqual(
      limits(
        compose('traefik.http.routers.chat.rule=PathPrefix(`/websocket`)', 'traefik.http.services.chat.loadbalancer.server.port=8072'),
      ),
      [],
    );
    assert.deepEqual(limits('services:\n  app:\n    image: grafana\n    labels:\n      traefik.http.routers.odoo-graphs.rule: x\n'), []);
  });

  const dynamic = `http:
  routers:
    erp: { rule: "Host(\`a.b\`)", service: erp, middlewares: [limit] }
  services:
    erp:
      loadBalancer:
        servers:
          - url: http://odoo:8069
  middlewares:
    limit:
      buffering:
        maxRequestBodyBytes: 1000000
`;
  it('reads its own file, and says where it is no YAML', () => {
    assert.deepEqual(limits(dynamic, 'traefik/dynamic.yml'), [['traefik', 1000000, true, 12]]);
    assert.deepEqual(limits(dynamic.replace('[limit]', '[]'), 'traefik/dynamic.yml'), [['traefik', null, false, 3]]);
    assert.equal(read('http: [odoo\n', 'traefik.yml').unreadable?.[0]?.range.start.line, 2);
    assert.deepEqual(read('http: {{ odoo }}: [\n', 'traefik.yml'), {});
    assert.deepEqual(read('services: [odoo\n', 'compose.yml'), {});
  });

  it('reads an IngressRoute with its Middleware', () => {
    const route = (names: string): string =>
      `kind: IngressRoute\nmetadata: { name: erp }\nspec:\n  routes:\n    - services: [{ name: odoo, port: 8069 }]\n      middlewares: ${names}\n`;
    const middleware = 'kind: Middleware\nmetadata: { name: size }\nspec:\n  buffering:\n    maxRequestBodyBytes: 52428800\n';
    assert.deepEqual(limits(`${route('[{ name: size }]')}---\n${middleware}`, 'k8s/a.yml'), [['traefik', 52428800, true, 12]]);
    assert.deepEqual(limits(route('[]'), 'k8s/a.yml'), [['traefik', null, false, 2]]);
    assert.deepEqual(limits(route('[{ name: size }]'), 'k8s/a.yml'), []);
  });

  it('reads the annotation of an Ingress of nginx, whose default is 1 MB', () => {
    const ingress = (annotations: string, service = 'odoo'): string =>
      `kind: Ingress\nmetadata:\n  name: erp\n  annotations:\n    nginx.ingress.kubernetes.io/affinity: cookie\n${annotations}spec:\n  rules:\n    - http:\n        paths:\n          - backend: { service: { name: ${service}, port: { number: 80 } } }\n`;
    assert.deepEqual(limits(ingress('    nginx.ingress.kubernetes.io/proxy-body-size: 50m\n'), 'k8s/i.yml'), [
      ['ingress', 52428800, true, 6],
    ]);
    assert.deepEqual(limits(ingress('    nginx.ingress.kubernetes.io/proxy-body-size: "0"\n'), 'k8s/i.yml'), [['ingress', null, true, 6]]);
    assert.deepEqual(limits(ingress(''), 'k8s/i.yml'), [['ingress', 1048576, false, 3]]);
    assert.deepEqual(limits(ingress('', 'grafana'), 'k8s/i.yml'), []);
  });
});
