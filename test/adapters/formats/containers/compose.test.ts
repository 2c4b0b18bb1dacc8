import assert from 'node:assert/strict';
import { composeReader } from '../../../../src/adapters/formats/containers/compose.ts';
import type { Container, FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string, path = 'compose.yml'): FileFacts => composeReader.read(path, text) as FileFacts;
const services = (text: string, path?: string): Container[] => read(text, path).containers ?? [];
const service = (lines: string, path?: string): Container => services(`services:\n  odoo:\n${lines.replace(/^/gm, '    ')}\n`, path)[0]!;
const words = (lines: string): string[] => service(lines).words.map(({ value }) => value);
const environment = (lines: string) => Object.fromEntries(service(lines).environment.map(({ name, value, from }) => [name, [value, from]]));
const mounts = (lines: string, path?: string) => service(lines, path).mounts.map(({ source, target }) => `${source ?? '-'} ${target}`);
/** What stands in the text at a range of one line. */
const cut = (text: string, { start, end }: Container['range']): string =>
  start.line === end.line ? text.split('\n')[start.line - 1]!.slice(start.column - 1, end.column - 1) : '';

describe('the reader of compose files', () => {
  it('reads every YAML file that may be one, and of the others none', () => {
    for (const path of ['compose.yml', 'docker-compose.prod.yaml', 'docker-stack.yml', 'stack-prod.yml', 'deploy/local.yml', 'common.yaml'])
      assert.ok(composeReader.reads(path), path);
    for (const path of ['compose.json', '.github/workflows/ci.yml', 'node_modules/x/compose.yml', 'addons/x/tests/compose.yml'])
      assert.ok(!composeReader.reads(path), path);
    assert.equal(composeReader.mayTell?.('name: x\non: push\n'), false);
    assert.deepEqual(services('services:\n  App\\Mailer:\n    arguments: [1]\n', 'config/services.yaml'), []);
    assert.equal(services('services:\n  odoo:\n    image: odoo:19.0\n', 'prod.yaml').length, 1);
    assert.equal(services('version: "2"\nservices:\n  odoo: { image: odoo }\n', 'docker-compose.yml').length, 1);
  });

  it('cuts a command as a shell does, in each of its forms', () => {
    const expected = ['odoo', '--addons-path=/a,/b', '-d', 'my db'];
    assert.deepEqual(words(`command: odoo --addons-path=/a,/b -d "my db"`), expected);
    assert.deepEqual(words(`command: ["odoo", "--addons-path=/a,/b", "-d", 'my db']`), expected);
    assert.deepEqual(words(`command: >\n  odoo\n  --addons-path=/a,/b\n  -d 'my db'`), expected);
    assert.deepEqual(words(`command:\n  - odoo\n  - --addons-path=/a,/b\n  - -d\n  - my db`), expected);
    assert.deepEqual(words(`entrypoint: [odoo]\ncommand: --addons-path=/a,/b -d 'my db'`), expected);
  });

  it('reads the script of sh -c, with each of its commands', () => {
    const script = ['sh', '-c', 'sleep', '1', '&&', 'exec', 'odoo', '--workers=4'];
    assert.deepEqual(words(`command: sh -c "sleep 1 && exec odoo --workers=4"`), script);
    assert.deepEqual(words(`command: ["sh", "-c", "sleep 1 && exec odoo --workers=4"]`), script);
    assert.deepEqual(words(`command:\n  - sh\n  - -c\n  - |-\n    sleep 1 && exec odoo --workers=4`), script);
  });

  it('fills variables in: a default is a value, all else is what only the machine knows', () => {
    assert.deepEqual(
      environment(
        'environment:\n  A: ${A:-one}\n  B: ${B-}\n  C: ${C}\n  D: ${D:?missing}\n  E: $$E\n  F:\n  G: 0600\n  H: yes\n  I: ${X:-${Y:-two}}\n  J: "${J:+set}"\n  K: x-${K:-1}-$L\n  L: ^a$$',
      ),
      {
        A: ['one', 'A'],
        B: ['', 'B'],
        C: [null, 'C'],
        D: [null, 'D'],
        E: [null, null],
        F: [null, 'F'],
        G: ['0600', null],
        H: ['yes', null],
        I: ['two', 'X'],
        J: [null, 'J'],
        K: [null, 'K'],
        L: ['^a$', null],
      },
    );
    assert.deepEqual(environment('environment:\n  - A=1=2\n  - B\n  - C=${C:-3}\n  - "D=a b"\n  - E='), {
      A: ['1=2', null],
      B: [null, 'B'],
      C: ['3', 'C'],
      D: ['a b', null],
      E: ['', null],
    });
    assert.deepEqual(words('command: odoo --workers=${W:-4} ${MORE:-} --x=${X}'), ['odoo', '--workers=4', '--x=${X}']);
    assert.deepEqual(words('command: odoo ${MORE:---a --b}'), ['odoo', '--a', '--b']);
    assert.equal(service('image: odoo:${V:-19.0}').image?.value, 'odoo:19.0');
  });

  it('follows anchors, aliases and merge keys', () => {
    const text =
      'x-odoo: &odoo\n  image: odoo:19.0\n  environment: &env\n    ODOO_STAGE: staging\nservices:\n  web:\n    <<: *odoo\n  cron:\n    <<: [*odoo]\n    image: odoo:18.0\n    environment:\n      <<: *env\n      X: y\n';
    assert.deepEqual(
      services(text).map((one) => [one.name, one.image?.value, one.environment.map(({ name, value }) => `${name}=${value ?? ''}`).join()]),
      [
        ['web', 'odoo:19.0', 'ODOO_STAGE=staging'],
        ['cron', 'odoo:18.0', 'X=y,ODOO_STAGE=staging'],
      ],
    );
    assert.equal(cut(text, services(text)[1]!.environment[1]!.range), 'staging');
  });

  it('refuses aliases that multiply, at once, and ends where one stands in itself', () => {
    const levels = Array.from(
      { length: 40 },
      (_, level) => `x${level}: &a${level} [${level === 0 ? '1' : `*a${level - 1}, *a${level - 1}`}]`,
    );
    const started = performance.now();
    const facts = read(`${levels.join('\n')}\nservices:\n  odoo:\n    image: odoo\n`);
    assert.ok(performance.now() - started < 500);
    assert.match(facts.unreadable?.[0]?.message ?? '', /aliases multiply/);
    assert.equal(facts.containers, undefined);
    const merged = Array.from({ length: 40 }, (_, level) =>
      level === 0 ? 'x0: &a0 { A: 1 }' : `x${level}: &a${level} { <<: [*a${level - 1}, *a${level - 1}], B${level}: 1 }`,
    );
    assert.match(
      read(`${merged.join('\n')}\nservices:\n  a: { image: odoo, environment: *a39 }\n`).unreadable?.[0]?.message ?? '',
      /multiply/,
    );
    assert.equal(services('services:\n  a: &a\n    image: odoo\n    <<: *a\n').length, 1);
    assert.match(read('services:\n  a: *nothing\n').unreadable?.[0]?.message ?? '', /\*nothing has no anchor/);
  });

  it('reads extends, builds and files of variables, all from the root of the repository', () => {
    assert.deepEqual(service('extends: base', 'deploy/compose.yml').extends, [{ file: 'deploy/compose.yml', service: 'base' }]);
    assert.deepEqual(service('extends:\n  file: ../common.yml\n  service: odoo', 'deploy/compose.yml').extends, [
      { file: 'common.yml', service: 'odoo' },
    ]);
    assert.deepEqual(service('build: ..', 'deploy/compose.yml').build, { context: '', dockerfile: 'Dockerfile' });
    assert.deepEqual(service('build:\n  context: ./odoo\n  dockerfile: prod.Dockerfile\n  target: web', 'deploy/compose.yml').build, {
      context: 'deploy/odoo',
      dockerfile: 'deploy/odoo/prod.Dockerfile',
      target: 'web',
    });
    assert.equal(service('build: https://github.com/odoo/docker.git').build, null);
    for (const form of ['env_file: .env', 'env_file:\n  - .env', 'env_file:\n  - path: ./.env\n    required: false'])
      assert.deepEqual(
        service(form, 'deploy/compose.yml').env_files.map(({ value }) => value),
        ['deploy/.env'],
      );
  });

  it('reads volumes: paths of the repository and of the host, named ones, the long form', () => {
    assert.deepEqual(
      mounts(
        'volumes:\n  - ../addons:/mnt/extra-addons:ro\n  - data:/var/lib/odoo\n  - /srv/oca:/mnt/oca\n  - /cache\n  - ${PWD}/x:/mnt/x\n  - ${ADDONS:-./y}:/mnt/y/\n  - ${ELSE}:/mnt/z\n  - { type: bind, source: conf, target: /etc/odoo }\n  - { type: volume, source: v, target: /v }',
        'deploy/compose.yml',
      ),
      [
        'addons /mnt/extra-addons',
        '- /var/lib/odoo',
        '/srv/oca /mnt/oca',
        '- /cache',
        'deploy/x /mnt/x',
        'deploy/y /mnt/y',
        '- /mnt/z',
        'deploy/conf /etc/odoo',
        '- /v',
      ],
    );
  });

  it('reads networks of services and of the file', () => {
    const text =
      'services:\n  a:\n    image: x\n    networks: [inner, outer]\n  b:\n    image: x\n    networks:\n      inner: { aliases: [c] }\nnetworks:\n  inner: { internal: true }\n  outer: { external: true }\n  named: { name: "team_${N:-1}" }\n  old: { external: { name: legacy } }\n  plain:\n';
    const facts = read(text);
    assert.deepEqual(
      facts.containers?.map(({ networks }) => networks.map(({ value }) => value)),
      [['inner', 'outer'], ['inner']],
    );
    assert.deepEqual(
      facts.networks?.map(({ name, outer_name, internal }) => [name, outer_name, internal]),
      [
        ['inner', null, true],
        ['outer', 'outer', false],
        ['named', 'team_1', false],
        ['old', 'legacy', false],
        ['plain', null, false],
      ],
    );
  });

  it('tells which images are pinned; one that is built here is none', () => {
    const digest = `odoo@sha256:${'a'.repeat(64)}`;
    const text = `services:\n  a: { image: odoo }\n  b: { image: "${digest}" }\n  c: { image: mine, build: . }\n  d: { image: "\${IMAGE}" }\n  e: { image: "odoo:\${TAG}" }\n`;
    assert.deepEqual(
      read(text).pins?.map(({ reference, pinned }) => [reference, pinned]),
      [
        ['odoo', false],
        [digest, true],
        ['odoo:${TAG}', false],
      ],
    );
  });

  it('tells where each thing stands, also in quotes, folded texts and with CRLF', () => {
    const text =
      'services:\r\n  odoo:\r\n    image: "odoo:19.0"\r\n    command: >-\r\n      odoo\r\n      --workers=4\r\n    environment:\r\n      - "ODOO_STAGE=staging"\r\n      - A=\r\n';
    const [one] = services(text);
    assert.equal(cut(text, one!.range), 'odoo');
    assert.equal(cut(text, one!.image!.range), 'odoo:19.0');
    assert.deepEqual(
      one!.words.map(({ range }) => cut(text, range)),
      ['odoo', '--workers=4'],
    );
    assert.deepEqual(one!.words[1]!.range.start, { line: 6, column: 7 });
    assert.equal(cut(text, one!.environment[0]!.range), 'staging');
  });

  it('says where one more variable can be written, and not where others share the map', () => {
    const put = (text: string): string => {
      const slot = services(text)[0]?.variable_slot;
      if (!slot) return 'none';
      const lines = text.split('\n');
      const line = lines[slot.at.line - 1]!;
      lines[slot.at.line - 1] =
        line.slice(0, slot.at.column - 1) + slot.before + 'N' + slot.between + 'v' + slot.after + line.slice(slot.at.column - 1);
      const after = services(lines.join('\n'))[0]!;
      return after.environment.map(({ name, value }) => `${name}=${value ?? ''}`).join();
    };
    assert.equal(put('services:\n  a:\n    image: x\n    environment:\n      A: 1\n'), 'N=v,A=1');
    assert.equal(put('services:\n  a:\n    image: x\n    environment:\n      - A=1\n'), 'N=v,A=1');
    assert.equal(put('services:\n  a:\n    image: x\n    environment: { A: 1 }\n'), 'N=v,A=1');
    assert.equal(put('services:\n  a:\n    image: x\n    environment: [A=1]\n'), 'N=v,A=1');
    assert.equal(put('services:\n  a:\n    image: x\n'), 'N=v');
    assert.equal(put('services:\n  a:\n    image: x\n    environment: &e\n      A: 1\n'), 'none');
    assert.equal(put('x: &e { A: 1 }\nservices:\n  a:\n    image: x\n    environment: *e\n'), 'none');
    assert.equal(put('x: &s { image: x, environment: { A: 1 } }\nservices:\n  a:\n    <<: *s\n'), 'none');
    assert.equal(put('services:\n  a: { image: x }\n'), 'none');
  });

  it('says of what is no YAML where it breaks, once; a template is no YAML yet', () => {
    const { unreadable, containers } = read('services:\n  odoo:\n    image: [odoo\n');
    assert.equal(unreadable?.length, 1);
    assert.match(unreadable[0]!.message, /This is no YAML/);
    assert.equal(unreadable[0]!.range.start.line, 4);
    assert.equal(containers, undefined);
    assert.deepEqual(read('services:\n  odoo:\n    image: {{ image }}\n  x: [\n'), {});
    assert.deepEqual(read('services: [\n', 'some.yml'), {});
    for (const odd of [
      '',
      'text',
      'services:\n',
      'services: text\n',
      'services:\n  - a\n',
      'services:\n  a:\n',
      '- services\n',
      'services:\n  a: { image: [x], command: { a: b }, environment: 3, volumes: x, networks: 1, build: [] }\n',
    ])
      assert.doesNotThrow(() => read(odd), odd);
    assert.doesNotThrow(() => read(`services: ${'['.repeat(5_000)}`));
  });
});
