import assert from 'node:assert/strict';
import { dockerfileReader } from '../../../../src/adapters/formats/containers/dockerfile.ts';
import type { Container, FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string, path = 'Dockerfile'): FileFacts => dockerfileReader.read(path, text) as FileFacts;
const last = (text: string, path?: string): Container => read(text, path).containers!.at(-1)!;
const words = (text: string) => last(`FROM odoo:19.0\n${text}\n`).words.map(({ value }) => value);
const mounts = (text: string, path?: string) =>
  last(`FROM odoo:19.0\n${text}\n`, path).mounts.map(({ source, target }) => `${source ?? '-'} ${target}`);

describe('the reader of Dockerfiles', () => {
  it('knows their names', () => {
    for (const path of ['Dockerfile', 'Dockerfile.dev', 'docker/web.Dockerfile', 'Containerfile', 'odoo/Dockerfile-legacy'])
      assert.ok(dockerfileReader.reads(path), path);
    for (const path of ['Dockerfile/readme.md', 'dockerfile.py', 'node_modules/x/Dockerfile'])
      assert.ok(!dockerfileReader.reads(path), path);
  });

  it('tells the images that it begins with: no stages, no scratch', () => {
    const digest = `debian@sha256:${'b'.repeat(64)}`;
    const { pins } = read(
      `ARG V=19.0\nARG NONE\nFROM odoo:\${V} AS base\nFROM --platform=linux/amd64 ${digest} AS tools\nFROM Base\nFROM scratch\nFROM \${NONE}\nFROM node:\${NODE}\n`,
    );
    assert.deepEqual(
      pins?.map(({ reference, pinned, range }) => [reference, pinned, range.start.line]),
      [
        ['odoo:19.0', false, 3],
        [digest, true, 4],
        ['node:${NODE}', false, 8],
      ],
    );
  });

  it('tells a container for each stage, with what its stage below has', () => {
    const { containers } = read(
      'FROM odoo:19.0 AS base\nENV ODOO_STAGE=staging \\\n  A="x y"\nENV B=$ODOO_STAGE\nWORKDIR /opt\nENTRYPOINT ["odoo"]\nFROM base AS web\nWORKDIR odoo\nENV A=2\nCMD ["--workers=4"]\n',
    );
    assert.deepEqual(
      containers?.map(({ name, image, working_folder }) => [name, image?.value, working_folder]),
      [
        ['base', 'odoo:19.0', '/opt'],
        ['web', 'odoo:19.0', '/opt/odoo'],
      ],
    );
    assert.deepEqual(
      containers[1]?.environment.map(({ name, value }) => `${name}=${value ?? ''}`),
      ['ODOO_STAGE=staging', 'B=staging', 'A=2'],
    );
    assert.deepEqual(
      containers[1].words.map(({ value }) => value),
      ['odoo', '--workers=4'],
    );
  });

  it('reads both forms of a command, over several lines, with their places', () => {
    const expected = ['odoo', '--addons-path=/a,/b', '-c', '/etc/x'];
    assert.deepEqual(words('CMD ["odoo", "--addons-path=/a,/b", \\\n "-c", "/etc/x"]'), expected);
    assert.deepEqual(words('CMD odoo --addons-path=/a,/b \\\n  # why\n  -c /etc/x'), expected);
    assert.deepEqual(words('ENV C=/etc/x\nCMD odoo --addons-path=/a,/b -c $C'), expected);
    assert.deepEqual(words('CMD ["sh", "-c", "sleep 1; odoo"]'), ['sh', '-c', 'sleep', '1', ';', 'odoo']);
    assert.deepEqual(words('CMD odoo\nENTRYPOINT ["/entrypoint.sh"]'), ['/entrypoint.sh']);
    const [, path] = last('FROM odoo\r\nCMD ["odoo", \\\r\n  "--addons-path=/a"]\r\n').words;
    assert.deepEqual(path?.range, { start: { line: 3, column: 4 }, end: { line: 3, column: 20 } });
  });

  it('takes what is copied from the repository for mounts', () => {
    assert.deepEqual(
      mounts(
        'WORKDIR "/opt/odoo"\nCOPY --chown=odoo:odoo ./addons /mnt/extra-addons/\nCOPY odoo.conf /etc/odoo/\nCOPY ["config/a b.conf", "/etc/x.conf"]\nCOPY x y ./\nADD https://e.test/f /f\nCOPY *.txt /t/\nCOPY . .',
        'docker/Dockerfile',
      ),
      ['docker /opt/odoo', 'docker/config/a b.conf /etc/x.conf', 'docker/odoo.conf /etc/odoo/odoo.conf', 'docker/addons /mnt/extra-addons'],
    );
    assert.deepEqual(mounts('COPY --from=build --chown=1:1 /a /b\nCOPY --link --from=build /a /c'), []);
  });

  it('tells addons paths of what it runs', () => {
    assert.deepEqual(
      read('FROM odoo\nRUN pip install x && \\\n    odoo --addons-path=/a,/b --stop-after-init\n').addons_paths?.map(({ paths, range }) => [
        paths,
        range.start,
      ]),
      [[['/a', '/b'], { line: 3, column: 24 }]],
    );
  });

  it('stops at nothing', () => {
    for (const odd of [
      'FROM',
      'FROM odoo\nCMD',
      'FROM odoo\nCMD [',
      'FROM odoo\nENV',
      'FROM odoo\nCOPY a',
      'CMD x\nFROM a\n',
      'FROM odoo\nRUN <<EOF\nodoo\nEOF\n',
    ])
      assert.doesNotThrow(() => read(odd), odd);
  });
});
