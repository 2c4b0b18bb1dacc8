import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addonsPathOrder } from '../../../src/core/policy/addons-path-order.ts';
import type { Edit, Finding } from '../../../src/core/policy/finding.ts';
import { READERS } from '../../../src/runtime/policy/readers.ts';
import { findingsOf, repositoryFacts } from '../../support/policy-facts.ts';

const NAMES = ['odoo', 'oca', 'ipai', 'ipai_meta'];
const RIGHT = NAMES.map((name) => `/workspaces/odoo/addons/${name}`);
const check = async (texts: Record<string, string>, configuration = ''): Promise<Finding[]> =>
  findingsOf(addonsPathOrder, await repositoryFacts(READERS, texts, { configuration }));
const messages = async (texts: Record<string, string>, configuration?: string) =>
  (await check(texts, configuration)).map(({ message }) => message.replace(/The addons path (.*), compared with .*/, '$1'));
const conf = (value: string) => ({ 'config/odoo.conf': `[options]\naddons_path = ${value}\nworkers = 4\n` });
const compose = (paths: readonly string[], volumes: string) => ({
  'compose.yml': `services:\n  odoo:\n    image: odoo\n    command: odoo --addons-path=${paths.join(',')} -d x\n    volumes: [${volumes}]\n`,
});

function mended(text: string, edits: readonly Edit[]): string {
  const starts = text.split('\n').reduce((all, line) => [...all, all.at(-1)! + line.length + 1], [0]);
  const offset = ({ line, column }: Edit['range']['start']): number => starts[line - 1]! + column - 1;
  return edits.reduce((now, { range, text: put }) => now.slice(0, offset(range.start)) + put + now.slice(offset(range.end)), text);
}
/** The text after the edit of its one finding; checked again it is right. */
async function mend(texts: Record<string, string>, configuration = ''): Promise<string> {
  const [finding, ...more] = await check(texts, configuration);
  assert.equal(more.length, 0);
  if (!finding?.edits) return 'no edit';
  const file = finding.file!;
  const after = mended(texts[file]!, finding.edits);
  assert.deepEqual(await messages({ ...texts, [file]: after }, configuration), [], after);
  return after;
}

describe('rule addons-path-order', () => {
  it('says where no file tells a path', async () => {
    const answer = addonsPathOrder.check(
      await repositoryFacts(READERS, { 'compose.yml': 'services:\n  odoo: { image: odoo }\n', 'README.md': '# x\n' }),
    );
    assert.match('not_applicable' in answer ? answer.not_applicable : '', /No file tells/);
  });

  it('accepts the order, however it is spelled', async () => {
    for (const value of [
      RIGHT.join(','),
      RIGHT.join(', '),
      RIGHT.join(',\n    '),
      NAMES.map((name) => `addons/${name}`).join(),
      NAMES.map((name) => `./addons/${name}/`).join(),
      ['/usr/lib/python3/dist-packages/odoo/addons', ...RIGHT].join(),
      [...RIGHT, '/opt/odoo/addons'].join(),
    ])
      assert.deepEqual(await messages(conf(value)), [], value);
    assert.deepEqual(
      await messages(
        compose(
          NAMES.map((name) => `/mnt/${name}`),
          '"./addons:/mnt"',
        ),
      ),
      [],
    );
    assert.deepEqual(
      await messages(compose(['/a', '/b', '/c', '/d'], NAMES.map((name, at) => `"./addons/${name}:/${'abcd'[at]!}"`).join())),
      [],
    );
    const variable = NAMES.map((name) => '${containerWorkspaceFolder}/addons/' + name).join();
    assert.deepEqual(
      await messages({ '.devcontainer/devcontainer.json': `{ "image": "odoo", "remoteEnv": { "ODOO_ADDONS_PATH": "${variable}" } }` }),
      [],
    );
  });

  it('reports another order, a missing, an additional and a repeated folder', async () => {
    const [a, b, c, d] = RIGHT as [string, string, string, string];
    assert.deepEqual(await messages(conf([a, c, b, d].join())), ['has another order']);
    assert.deepEqual(await messages(conf([a, b, c].join())), ['lacks addons/ipai_meta']);
    assert.deepEqual(await messages(conf([...RIGHT, '/opt/x'].join())), ['has /opt/x besides']);
    assert.deepEqual(await messages(conf([b, c, d, '/opt/x', 'addons/y'].join())), ['lacks addons/odoo and has /opt/x, addons/y besides']);
    assert.deepEqual(await messages(conf([...RIGHT, a].join())), ['has a folder twice']);
    const [finding] = await check(conf([a, b, c].join()));
    assert.deepEqual(
      [finding?.file, finding?.range?.start, finding?.severity, finding?.paragraph],
      ['config/odoo.conf', { line: 2, column: 15 }, 'error', '§5.2'],
    );
  });

  it('compares with the configuration, also where Odoo lies outside', async () => {
    const configuration = 'odoo:\n  addons_path: [/opt/odoo/addons, addons/ours]\n';
    assert.deepEqual(await messages(conf('/opt/odoo/addons,/workspaces/odoo/addons/ours'), configuration), []);
    assert.deepEqual(await messages(conf('addons/ours'), configuration), ['lacks /opt/odoo/addons']);
  });

  it('says nothing of a path that only the machine knows', async () => {
    for (const value of ['${ADDONS}', `${RIGHT[0]!},$OTHER`, '{{ addons }}', '@ADDONS@'])
      assert.deepEqual(await messages(conf(value)).catch(() => []), [], value);
  });

  it('looks into every kind of file', async () => {
    const wrong = '/workspaces/odoo/addons/odoo';
    const files = {
      'compose.yml': `services:\n  a: { image: odoo, command: "odoo --addons-path=${wrong}" }\n  b: { image: odoo, environment: { ODOO_ADDONS_PATH: ${wrong} } }\n`,
      'docker/Dockerfile': `FROM odoo:19.0\nENV ODOO_ADDONS_PATH=${wrong}\nRUN odoo --addons-path=${wrong}\nCMD ["odoo", "--addons-path=${wrong}"]\n`,
      'k8s/a.yaml': `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec: { containers: [{ name: o, image: odoo, args: ["--addons-path=${wrong}"] }] }\n`,
      '.env.template': `ODOO_ADDONS_PATH=${wrong}\n`,
      'odoo.conf.template': `[options]\naddons_path = ${wrong}\n`,
      '.github/workflows/ci.yml': `jobs:\n  a:\n    steps:\n      - run: odoo --addons-path=${wrong}\n`,
      'docs/a.md': `\`\`\`sh\nodoo --addons-path=${wrong}\n\`\`\`\n`,
      'run.sh': `odoo --addons-path=${wrong}\n`,
      '.vscode/launch.json': `{ "args": ["--addons-path=${wrong}"] }`,
      '.devcontainer/devcontainer.json': `{ "image": "odoo", "postStartCommand": "odoo --addons-path=${wrong}" }`,
    };
    const found = await check(files);
    assert.deepEqual(
      Object.keys(files).map((path) => found.filter(({ file }) => file === path).length),
      [2, 3, 1, 1, 1, 1, 1, 1, 1, 1],
    );
  });

  it('sees a compose file in the documentation through its mounts, as one that is started', async () => {
    const page = (paths: readonly string[]) => ({
      'docs/start.md': `# Start\n\n\`\`\`yaml\n${compose(paths, './addons:/mnt')['compose.yml']}\`\`\`\n`,
    });
    const mounted = NAMES.map((name) => `/mnt/${name}`);
    assert.deepEqual(await messages(page(mounted)), []);
    assert.deepEqual(await messages(page([...mounted].reverse())), ['has another order']);
  });

  it('sees a Dockerfile as the services do that are built of it', async () => {
    const dockerfile = `FROM odoo:19.0\nENV ODOO_ADDONS_PATH=${NAMES.map((name) => `/mnt/${name}`).join()}\n`;
    assert.equal((await check({ Dockerfile: dockerfile })).length, 1);
    assert.deepEqual(
      await check({ Dockerfile: dockerfile, 'compose.yml': 'services:\n  odoo:\n    build: .\n    volumes: ["./addons:/mnt"]\n' }),
      [],
    );
    assert.deepEqual(await check({ Dockerfile: `${dockerfile}COPY addons /mnt\n` }), []);
  });

  it('mends order and missing folders in the way of the place', async () => {
    const swapped = (write: (name: string) => string) => ['odoo', 'ipai', 'oca'].map(write);
    assert.match(await mend(conf(swapped((name) => `/workspaces/odoo/addons/${name}`).join())), new RegExp(`= ${RIGHT.join()}\n`));
    assert.match(
      await mend(conf(swapped((name) => `./addons/${name}`).join(', '))),
      /= \.\/addons\/odoo, \.\/addons\/oca, \.\/addons\/ipai, \.\/addons\/ipai_meta\n/,
    );
    assert.match(
      await mend(conf(swapped((name) => `addons/${name}`).join(',\n      '))),
      /= addons\/odoo,\n {6}addons\/oca,\n {6}addons\/ipai,\n {6}addons\/ipai_meta\nworkers/,
    );
    assert.match(
      await mend(conf(`\n  ${swapped((name) => `addons/${name}`).join(',\n  ')},`)),
      /=\s*\n {2}addons\/odoo,\n {2}addons\/oca,\n {2}addons\/ipai,\n {2}addons\/ipai_meta\n/,
    );
    assert.match(
      await mend(
        compose(
          swapped((name) => `/mnt/${name}`),
          '"./addons:/mnt"',
        ),
      ),
      /--addons-path=\/mnt\/odoo,\/mnt\/oca,\/mnt\/ipai,\/mnt\/ipai_meta -d x/,
    );
    const each = NAMES.map((name, at) => `"./addons/${name}:/${'abcd'[at]!}"`).join();
    assert.match(await mend(compose(['/b', '/a'], each)), /--addons-path=\/a,\/b,\/c,\/d /);
    assert.match(
      await mend({ 'run.sh': 'odoo --addons-path=${PWD}/addons/oca,${PWD}/addons/odoo\n' }),
      /\$\{PWD\}\/addons\/odoo,\$\{PWD\}\/addons\/oca,\$\{PWD\}\/addons\/ipai,/,
    );
    assert.match(
      await mend(conf(`/usr/lib/python3/dist-packages/odoo/addons,${swapped((name) => `addons/${name}`).join()},/opt/odoo/addons`)),
      /= \/usr\/lib\/python3\/dist-packages\/odoo\/addons,addons\/odoo,.*,addons\/ipai_meta,\/opt\/odoo\/addons\n/,
    );
    assert.match(await mend(conf([...RIGHT, RIGHT[0]!].join())), new RegExp(`= ${RIGHT.join()}\n`));
  });

  it('offers no edit where a folder cannot be written in that way, or a person has to think', async () => {
    assert.equal(await mend(compose(['/b', '/a'], '"./addons/odoo:/a", "./addons/oca:/b"')), 'no edit');
    assert.equal(await mend(conf([...RIGHT, '/opt/x'].join())), 'no edit');
    assert.equal(await mend(conf('addons/odoo,\n  # why\n  addons/oca')), 'no edit');
    assert.equal(await mend({ 'a.env': 'ODOO_ADDONS_PATH="${X:-addons/odoo}"\n' }), 'no edit');
  });

  it('mends every order and every lack of folders, in every way of writing (property)', async () => {
    const ways = fc.constantFrom('/workspaces/odoo/addons/', './addons/', 'addons/', '${PWD}/addons/');
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(NAMES, { minLength: 1 }), ways, fc.constantFrom(',', ', '), async (names, way, between) => {
        fc.pre(names.join() !== NAMES.join());
        const value = names.map((name) => `${way}${name}`).join(between);
        assert.notEqual(await mend({ 'odoo.conf': `[options]\naddons_path = ${value}\n` }), 'no edit');
      }),
      { numRuns: 60 },
    );
  });
});
