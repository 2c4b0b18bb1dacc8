import assert from 'node:assert/strict';
import { readLabels } from '../../src/adapters/docker/labels.ts';
import { LAYERS_LABEL, readCode } from '../../src/core/pr-environments/image/labels.ts';
import { imageTest, runIn, sourceOf, type ImageTest } from '../support/docker/code-image.ts';
import { pipImage, WHEELS } from '../support/docker/pip-image.ts';
import { needsDocker } from '../support/docker/skip.ts';
import { rejectsWith } from '../support/rejects.ts';
import { commit, sampleIn, write } from '../support/sample.ts';
import { temporaryFolders } from '../support/temp.ts';
import { until } from '../support/until.ts';

const FROM_WHEELS = `--no-index\n--find-links ${WHEELS}\n`;
const VERSION = ['python3', '-c', 'import tiny_tool; print(tiny_tool.VERSION)'];

describe('Python requirements of a commit on a real Docker engine', function () {
  this.timeout(300_000);
  needsDocker();
  const folder = temporaryFolders();
  let test: ImageTest;

  /** Builds a commit that wants these. */
  const built = async (requirements: string, options: Parameters<ImageTest['build']>[1] = {}, root = sampleIn(folder()).root) => {
    write(root, { 'requirements.txt': requirements });
    commit(root, 'Requirements');
    const source = await sourceOf(root, { requirements: 'requirements.txt' });
    return { root, code: await test.build(source, options) };
  };
  const requirementImages = async () =>
    (await test.images()).filter(({ Labels }) => Labels['odoo-ops.part'] === 'requirements' && Labels['odoo-ops.build'] !== undefined);
  const named = async () =>
    (await requirementImages()).filter(({ RepoTags }) => (RepoTags ?? []).some((tag) => tag.includes('/requirements:')));

  const containers = () =>
    test.docker.listContainers({ all: true, filters: JSON.stringify({ label: [`odoo-ops.project=${test.project}`] }) });

  const networks = () => test.docker.listNetworks({ filters: JSON.stringify({ label: [`odoo-ops.project=${test.project}`] }) });
  /** Something that is done as soon as pip runs. */
  const whenPipRuns = (work: () => void): string[] => {
    const lines: string[] = [];
    const push = lines.push.bind(lines);
    lines.push = (...added) => {
      if (added.some((line) => line.startsWith('pip '))) work();
      return push(...added);
    };
    return lines;
  };

  before(async () => {
    test = imageTest('image-pip', '');
    const base = await pipImage(test.docker);
    const { build } = test;
    test.build = (source, options = {}) => build(source, { base, ...options });
  });
  afterEach(() => test.clean());

  it('are installed once for a text, below the code, and the user of the base stays', async () => {
    const first: string[] = [];
    const { code, root } = await built(`${FROM_WHEELS}tiny-tool==1.0\n`, { lines: first });
    assert.match(first.join('\n'), /Successfully installed tiny-tool-1\.0/);
    assert.equal(await runIn(test.docker, code.id, VERSION), '1.0\n');
    write(root, { 'addons/ipai/ipai_loyalty/models/res_partner.py': 'CHANGED = True\n' });
    commit(root, 'A change in ipai');
    const second: string[] = [];
    const again = await test.build(await sourceOf(root, { requirements: 'requirements.txt' }), { lines: second });
    assert.match(second.join('\n'), /the engine has them/);
    assert.ok(!second.join('\n').includes('Successfully'));
    assert.deepEqual(
      again.layers.map(({ reused }) => reused),
      [true, false],
    );
    assert.equal((await named()).length, 1);
    const { Config } = await test.docker.getImage(again.id).inspect();
    assert.deepEqual([Config.User, Config.Cmd, Config.Env.includes('TINY=1')], ['odoo', ['python3'], true]);
    assert.equal(Config.Labels['odoo-ops.part'], 'code');
    assert.equal(Config.Labels['odoo-ops.expires_at'], undefined);
  });

  it('are another image for another text, and the code stands on it', async () => {
    const { root, code: one } = await built(`${FROM_WHEELS}tiny-tool==1.0\n`);
    const { code: two } = await built(`${FROM_WHEELS}tiny-tool==2.0\n`, {}, root);
    assert.equal(await runIn(test.docker, two.id, VERSION), '2.0\n');
    assert.equal(one.base, two.base);
    const images = await named();
    assert.equal(images.length, 2);
    const { Config } = await test.docker.getImage(two.id).inspect();
    assert.ok(images.some(({ Id }) => Id === readCode(Config.Labels[LAYERS_LABEL])?.base));
    const [{ Labels } = { Labels: {} as Record<string, string> }] = images;
    assert.ok(Date.parse(Labels['odoo-ops.expires_at'] ?? '') > Date.now());
    assert.equal(Labels['odoo-ops.number'], undefined);
  });

  it('are installed within bounds, in a network of their own that goes with the build', async () => {
    let look: Promise<unknown[]> | undefined;
    const seen = async () => {
      const [{ Id } = { Id: '' }] = await containers();
      const [{ HostConfig }, [network]] = await Promise.all([test.docker.getContainer(Id).inspect(), networks()]);
      const { Memory, MemorySwap, CpuQuota, CpuPeriod, NetworkMode } = HostConfig;
      return [Memory, MemorySwap, (CpuQuota ?? 0) / (CpuPeriod ?? 1), NetworkMode === network?.Name, network?.Options, network?.Labels];
    };
    await built(`${FROM_WHEELS}tiny-tool==1.0\n`, { lines: whenPipRuns(() => void (look = seen())) });
    const [memory, swap, cores, own, options, labels] = (await look) ?? [];
    assert.deepEqual([memory, swap, cores, own], [4 * 1024 ** 3, 4 * 1024 ** 3, 2, true]);
    assert.deepEqual(options, { 'com.docker.network.bridge.enable_icc': 'false' });
    // A sweep finds one that was left, and knows when it may go.
    const { part, stamp } = readLabels(labels as Record<string, string>)!;
    assert.deepEqual([part, stamp.number], ['network', null]);
    assert.ok(Date.parse(stamp.expires_at ?? '') > Date.now());
    assert.deepEqual(await networks(), []);
  });

  it('need nothing where the text is of comments', async () => {
    const { code } = await built('# nothing yet\n');
    assert.equal(code.layers.length, 2);
    assert.deepEqual(await requirementImages(), []);
  });

  it('that cannot be installed say why in pip’s words, and leave nothing', async () => {
    const lines: string[] = [];
    const error = await rejectsWith(built(`${FROM_WHEELS}tiny-tool==3.0\n`, { lines }), 'failed', 'ERROR:', 'tiny-tool==3.0');
    assert.ok(error.hint?.includes('pull_requests.odoo.requirements'));
    assert.ok((error.details['lines'] as string[]).some((line) => line.includes('from versions: 1.0, 2.0')));
    assert.deepEqual(await test.images(), []);
    assert.deepEqual(await containers(), []);
  });

  it('are not installed any further after a cancel, and leave nothing', async () => {
    const ending = new AbortController();
    const lines = whenPipRuns(() => ending.abort());
    await rejectsWith(built(`${FROM_WHEELS}tiny-tool==1.0\n`, { lines, signal: ending.signal }), 'cancelled');
    await until('the engine took its container away', async () => (await containers()).length === 0);
    assert.deepEqual(await test.images(), []);
    assert.deepEqual(await networks(), []);
  });
});
