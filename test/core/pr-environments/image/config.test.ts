import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chainIds, imageConfig, type ImageParts } from '../../../../src/core/pr-environments/image/config.ts';
import { readCode, writeCode } from '../../../../src/core/pr-environments/image/labels.ts';

const hash = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const digest = (text: string) => `sha256:${hash(text)}`;

const PARTS: ImageParts = {
  base: {
    Id: digest('base'),
    Architecture: 'amd64',
    Os: 'linux',
    Config: {
      User: 'odoo',
      Env: ['PATH=/bin', 'LANG=C.UTF-8'],
      Entrypoint: ['/entrypoint.sh'],
      Cmd: null,
      WorkingDir: '',
      Labels: { vendor: 'x', 'odoo-ops.part': 'requirements', 'odoo-ops.expires_at': '2027-01-01T00:00:00.000Z' },
    },
    RootFS: { Layers: [digest('one')] },
  },
  history: [
    { Created: 1_700_000_001, CreatedBy: 'ENV LANG=C.UTF-8', Size: 0 },
    { Created: 1_700_000_000, CreatedBy: 'ADD file', Comment: 'imported', Size: 5 },
  ],
  created: '2026-03-05T08:15:00+08:00',
  layers: [{ place: '/workspaces/odoo/addons/oca', tree: 'tree', digest: digest('oca') }],
  labels: { 'odoo-ops.part': 'code' },
};
interface Written {
  config: Record<string, unknown>;
  history: Record<string, unknown>[];
  rootfs: { diff_ids: string[] };
  created: string;
}
const written = (parts: ImageParts) => JSON.parse(imageConfig(parts)) as Written;

describe('the configuration of a code image', () => {
  it('runs as the base does, and bears our labels instead of those of the image beneath', () => {
    assert.deepEqual(written(PARTS).config, {
      User: 'odoo',
      Env: ['PATH=/bin', 'LANG=C.UTF-8'],
      Entrypoint: ['/entrypoint.sh'],
      Labels: { vendor: 'x', 'odoo-ops.part': 'code' },
    });
  });

  it('has one line of history for each layer, and those of the base as they were', () => {
    const { history, rootfs, created } = written(PARTS);
    assert.equal(created, '2026-03-05T00:15:00.000Z');
    assert.deepEqual(rootfs.diff_ids, [digest('one'), digest('oca')]);
    assert.equal(history.filter(({ empty_layer }) => empty_layer !== true).length, rootfs.diff_ids.length);
    assert.deepEqual(history.slice(0, 2), [
      { created: '2023-11-14T22:13:20.000Z', created_by: 'ADD file', comment: 'imported' },
      { created: '2023-11-14T22:13:21.000Z', created_by: 'ENV LANG=C.UTF-8', empty_layer: true },
    ]);
  });

  it('still has one for each where the history of the base does not tell which line made a layer', () => {
    const { history, rootfs } = written({ ...PARTS, history: PARTS.history.map((line) => ({ ...line, Size: 0 })) });
    assert.equal(history.length, rootfs.diff_ids.length);
  });

  it('has equal bytes for equal parts, in whatever order an engine tells them', () => {
    const { base } = PARTS;
    const { Labels, Env, User, Entrypoint } = base.Config ?? {};
    const turned = {
      ...PARTS,
      base: { ...base, Config: { Labels, Entrypoint, Env, User, Volumes: null } },
      created: '2026-03-05T00:15:00Z',
    };
    assert.equal(imageConfig(turned), imageConfig(PARTS));
    assert.notEqual(imageConfig({ ...PARTS, created: '2026-03-05T00:15:01Z' }), imageConfig(PARTS));
  });
});

describe('layers of an image', () => {
  it('are named with all below them, as engines do', () => {
    const [a, b, c] = [digest('a'), digest('b'), digest('c')] as const;
    const chain = chainIds(null, [a, b, c], hash);
    assert.deepEqual(chain, [a, digest(`${a} ${b}`), digest(`${digest(`${a} ${b}`)} ${c}`)]);
    assert.deepEqual(chainIds(chain[0] ?? null, [b, c], hash), chain.slice(1));
  });

  it('are read back from the label, and not where it is torn, foreign or of another format', () => {
    const code = { base: digest('base'), below: null, layers: [{ place: '/w/a', tree: 't', digest: digest('a'), bytes: 512 }] };
    const label = writeCode(code);
    const { format, ...read } = { ...readCode(label), format: (JSON.parse(label) as { format: number }).format };
    assert.equal(format, 1);
    assert.deepEqual({ base: read.base, below: read.below, layers: read.layers }, code);
    for (const wrong of [
      undefined,
      '',
      '{',
      '[]',
      label.slice(0, -1),
      label.replace('"format":1', '"format":2'),
      label.replace('sha256:', 'md5:'),
    ]) {
      assert.equal(readCode(wrong), null, wrong);
    }
  });
});
