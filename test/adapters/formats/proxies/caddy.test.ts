import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCaddyfile } from '../../../../src/adapters/formats/proxies/caddy-syntax.ts';
import { caddyReader } from '../../../../src/adapters/formats/proxies/caddy.ts';
import { caddyBytes } from '../../../../src/adapters/formats/proxies/sizes.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string, path = 'Caddyfile'): FileFacts => caddyReader.read(path, text) as FileFacts;
const limits = (text: string, path?: string) =>
  read(text, path).body_limits?.map(({ bytes, said, range }) => [bytes, said, range.start.line]);

describe('the reader of Caddy', () => {
  it('reads sizes as Caddy does', () => {
    assert.deepEqual(
      ['50MB', '50MiB', '50mb', '50 MB', '1,024', '1.5k', '10M'].map(caddyBytes),
      [5e7, 52428800, 5e7, 5e7, 1024, 1500, 1e7],
    );
    for (const size of ['', 'MB', 'fifty', '50MBs', '1.2.3']) assert.equal(caddyBytes(size), undefined, size);
  });

  it('finds the limit on the way to Odoo, in the site or around the proxy', () => {
    const site = 'erp.example.com {\n\trequest_body {\n\t\tmax_size 50MB\n\t}\n\treverse_proxy odoo:8069\n}\n';
    assert.deepEqual(limits(site), [[5e7, true, 3]]);
    assert.deepEqual(limits(site.replace('odoo:8069', 'app:3000')), []);
    assert.deepEqual(
      limits(
        'erp.example.com {\n\thandle {\n\t\treverse_proxy odoo:8069\n\t}\n\thandle /websocket {\n\t\treverse_proxy odoo:8072\n\t}\n}\n',
      ),
      [[null, false, 1]],
    );
    assert.deepEqual(limits('erp.example.com {\n\treverse_proxy {\n\t\tto odoo-1:8069 odoo-2:8069\n\t}\n}\n'), [[null, false, 1]]);
  });

  it('reads a file without braces, after global options too', () => {
    assert.deepEqual(limits('erp.example.com\n\nreverse_proxy odoo:8069\nrequest_body {\n\tmax_size 1GB\n}\n'), [[1e9, true, 5]]);
    assert.deepEqual(limits('{\n\temail a@b.c\n}\nlocalhost\nreverse_proxy odoo:8069\n'), [[null, false, 4]]);
  });

  it('follows snippets and their arguments, and says nothing where another file is imported', () => {
    const snippet = '(odoo) {\n\trequest_body {\n\t\tmax_size {args[0]}\n\t}\n\treverse_proxy odoo:8069\n}\n';
    assert.deepEqual(limits(`${snippet}a.example.com {\n\timport odoo 50MiB\n}\n`), [[52428800, true, 8]]);
    assert.deepEqual(limits('a.example.com {\n\timport limits.caddy\n\treverse_proxy odoo:8069\n}\n'), []);
    assert.deepEqual(limits('(loop) {\n\timport loop\n}\na.example.com {\n\timport loop\n}\n'), []);
  });

  it('takes the default of a variable, and knows nothing without one', () => {
    const site = (size: string): string => `:80 {\n\trequest_body {\n\t\tmax_size ${size}\n\t}\n\treverse_proxy {$ODOO:odoo:8069}\n}\n`;
    assert.deepEqual(limits(site('{$LIMIT:50MB}')), [[5e7, true, 3]]);
    assert.deepEqual(limits(site('{$LIMIT}')), []);
  });

  it('cuts words as the lexer of Caddy does', () => {
    const { lines, problem } = parseCaddyfile('respond "a { \\" } # b" 200 # c\nx `y\n{` z#1 \\\n  w\nheader <<END\n  {\n  END\n');
    assert.equal(problem, null);
    assert.deepEqual(
      lines.map(({ words }) => words.map(({ text }) => text)),
      [
        ['respond', 'a { " } # b', '200'],
        ['x', 'y\n{', 'z#1', 'w'],
        ['header', '  {\n  '],
      ],
    );
  });

  it('tells at its place what Caddy would not start with', () => {
    assert.deepEqual(
      ['a.b {\n\treverse_proxy odoo:8069\n', 'a.b {\n}\n}\n'].map((text) => read(text).unreadable?.map(({ range }) => range.start.line)),
      [[1], [3]],
    );
  });

  it('reads the JSON of Caddy', () => {
    const json = (handlers: unknown[]): string =>
      JSON.stringify({
        apps: { http: { servers: { s: { routes: [{ handle: [{ handler: 'subroute', routes: [{ handle: handlers }] }] }] } } } },
      });
    const proxy = { handler: 'reverse_proxy', upstreams: [{ dial: 'odoo:8069' }] };
    assert.deepEqual(limits(json([{ handler: 'request_body', max_size: 50000000 }, proxy]), 'caddy.json'), [[5e7, true, 1]]);
    assert.deepEqual(limits(json([proxy]), 'caddy.json'), [[null, false, 1]]);
    assert.equal(read('{"apps": reverse_proxy', 'caddy.json').unreadable?.length, 1);
  });

  it('ends for any text', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '"',
      '`',
      '\\',
      '#',
      '\n',
      ' ',
      '<<A\n',
      'A',
      '(s)',
      'import s',
      'reverse_proxy odoo:8069',
      '{$X:y}',
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => Array.isArray(read(pieces.join('')).body_limits)));
  });
});
