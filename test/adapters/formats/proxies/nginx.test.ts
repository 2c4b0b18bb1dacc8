import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseNginx } from '../../../../src/adapters/formats/proxies/nginx-syntax.ts';
import { nginxReader } from '../../../../src/adapters/formats/proxies/nginx.ts';
import { nginxBytes } from '../../../../src/adapters/formats/proxies/sizes.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string, path = 'nginx/odoo.conf'): FileFacts => nginxReader.read(path, text) as FileFacts;
const limits = (text: string, path?: string) =>
  read(text, path).body_limits?.map(({ bytes, said, general, range }) => [bytes, said, general, range.start.line]);

const UPSTREAMS = 'upstream odoo { server 127.0.0.1:8069; }\nupstream odoochat { server 127.0.0.1:8072; }\n';

describe('the reader of nginx', () => {
  it('reads sizes as nginx does', () => {
    assert.deepEqual(['50m', '50M', '1g', '1024k', '0', '7'].map(nginxBytes), [52428800, 52428800, 1073741824, 1048576, 0, 7]);
    for (const size of ['', 'm', '50MB', '1.5m', '-1', '50 m']) assert.equal(nginxBytes(size), undefined, size);
  });

  it('knows files of nginx by name and folder', () => {
    for (const path of ['nginx.conf', 'nginx/odoo', 'etc/sites-available/erp', 'proxy/odoo.conf.template', 'conf/nginx.prod.conf.j2'])
      assert.ok(nginxReader.reads(path), path);
    for (const path of ['docs/nginx.md', 'nginx/Dockerfile', 'nginx/docker-compose.yml', 'addons/nginx/models/a.py'])
      assert.ok(!nginxReader.reads(path), path);
    assert.equal(nginxReader.mayTell?.('[options]\nproxy_mode = True\n'), false);
  });

  it('takes the innermost limit on the way to Odoo: location, server, http', () => {
    const text = (http: string, server: string, location: string): string =>
      `http {\n${http}\n${UPSTREAMS}server {\n${server}\nlocation / {\n${location}\nproxy_pass http://odoo;\n}\n}\n}`;
    assert.deepEqual(limits(text('client_max_body_size 1m;', 'client_max_body_size 2m;', 'client_max_body_size 50m;')), [
      [52428800, true, false, 8],
      // It still holds for other files.
      [1048576, true, true, 2],
    ]);
    assert.deepEqual(limits(text('', 'client_max_body_size "2m";', '')), [[2097152, true, false, 6]]);
    assert.deepEqual(limits(text('client_max_body_size 0;', '', '')), [[null, true, false, 2]]);
    assert.deepEqual(limits(text('# client_max_body_size 50m;', '', '')), [[1048576, false, false, 5]]);
  });

  it('asks nothing of what goes elsewhere: another service, the web socket, a redirect', () => {
    assert.deepEqual(limits(`${UPSTREAMS}server { listen 80; return 301 https://$host$request_uri; }`), []);
    assert.deepEqual(limits(`${UPSTREAMS}server { location /websocket { proxy_pass http://odoochat; } }`), []);
    assert.deepEqual(limits('server { client_max_body_size 1m; location / { proxy_pass http://app:3000; } }'), []);
  });

  it('follows variables and upstreams that are not called odoo', () => {
    assert.deepEqual(limits('server {\nset $backend http://erp:8069;\nlocation / { proxy_pass $backend; }\n}'), [
      [1048576, false, false, 1],
    ]);
    assert.deepEqual(limits('upstream erp { server 10.0.0.2:8069 fail_timeout=0; }\nserver {\nlocation / { proxy_pass http://erp; }\n}'), [
      [1048576, false, false, 2],
    ]);
  });

  it('says nothing where an included file may say it', () => {
    assert.deepEqual(limits('server { include snippets/odoo.conf; location / { proxy_pass http://odoo:8069; } }'), []);
    assert.deepEqual(limits('server { include /etc/letsencrypt/options-ssl-nginx.conf; location / { proxy_pass http://odoo:8069; } }'), [
      [1048576, false, false, 1],
    ]);
    assert.deepEqual(limits('http { client_max_body_size 50m; include /etc/nginx/conf.d/*.conf; }'), [[52428800, true, true, 1]]);
  });

  it('reads templates: what is filled in is not known', () => {
    const jinja =
      '{% if ssl %}\nserver {\n{% else %}\nserver {\n{% endif %}\nclient_max_body_size {{ size }};\nlocation / { proxy_pass http://{{ odoo_host }}:8069; }\n}\n';
    assert.deepEqual(read(jinja, 'nginx.conf.j2'), { body_limits: [], unreadable: [] });
    assert.deepEqual(
      limits(
        'server {\nlisten ${PORT};\nclient_max_body_size 50m;\nlocation / { proxy_pass http://${ODOO_HOST}:8069; }\n}',
        'odoo.conf.template',
      ),
      [[52428800, true, false, 3]],
    );
  });

  it('tells at its place what nginx would not start with', () => {
    const broken = (text: string) => read(text).unreadable?.map(({ message, range }) => [message.split(': ')[1], range.start.line]);
    assert.deepEqual(broken('server {\nlocation / {\nproxy_pass http://odoo\n}\n}'), [['A `;` is missing before this `}`.', 4]]);
    assert.deepEqual(broken('server {\nproxy_pass http://odoo;\n'), [['This `{` is never closed.', 1]]);
    assert.deepEqual(broken('proxy_pass http://odoo;\n}\n'), [['This `}` closes nothing.', 2]]);
    assert.deepEqual(broken('server {\ncontent_by_lua_block { if x then return "}" .. "{" end }\nproxy_pass http://x;\n}'), []);
  });

  it('ends for any text, and the places are places of the text', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      ';',
      '"',
      "'",
      '\\',
      '#',
      '\n',
      ' ',
      '$',
      '${a}',
      'server',
      'location',
      'proxy_pass http://odoo;',
      'x_by_lua_block',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const visit = (all: ReturnType<typeof parseNginx>['directives']): void => {
          for (const { start, end, block } of all) {
            assert.ok(start >= 0 && start < end && end <= text.length);
            visit(block ?? []);
          }
        };
        visit(parseNginx(text).directives);
      }),
    );
  });
});
