import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { addonsFolders, configJsonSchema } from '../../../src/core/config/schema.ts';
import { parseYaml } from '../../../src/adapters/files/yaml.ts';
import { configFrom } from '../../../src/adapters/files/config-file.ts';
import { isOpsError } from '../../../src/core/errors.ts';

const problemsOf = (text: string) => {
  const result = parseConfig(parseYaml(text));
  return result.ok ? [] : result.problems;
};

/** `line:column message` of the first problem. */
function first(text: string): string {
  const [problem] = problemsOf(text);
  return problem ? `${problem.line}:${problem.column} ${problem.message}` : 'no problem';
}

describe('odoo-ops.yml', () => {
  for (const [what, text] of [
    ['an empty file', ''],
    ['only comments', '# nothing\n'],
    ['null', 'null\n'],
    ['an empty map', '{}'],
    ['empty sections', 'odoo: {}\npromotion: {}\n'],
    ['a byte order mark and CRLF', '\ufeffversion: 1\r\nodoo: {}\r\n'],
  ] as const) {
    it(`is valid as ${what}; all is default`, () => {
      const config = configFrom(text);
      assert.equal(config.branches.production, 'production');
      assert.deepEqual(addonsFolders(config), ['addons/odoo', 'addons/oca', 'addons/ipai', 'addons/ipai_meta']);
      assert.equal(config.evidence.folder, 'web/docs/evidence');
      assert.equal(config.evidence.time_zone, 'Asia/Manila');
    });
  }

  it('names the place of an unknown key', () => {
    assert.equal(first('version: 1\nodoo:\n  version: "19.0"\n  addon_path: [a]\n'), '4:3 Unknown key odoo.addon_path.');
    assert.equal(first('versoin: 1\n'), '1:1 Unknown key versoin.');
  });

  it('names the place of a wrong value', () => {
    assert.match(first('odoo:\n  version: 19.0\n'), /^2:3 odoo\.version: /);
    assert.match(
      first('promotion:\n  gates:\n    - name: Tests\n      run: make\n'),
      /^3:7 promotion\.gates\[0\]\.name: Expected lower-case/,
    );
    assert.match(first('evidence:\n  time_zone: Asia/Manilla\n'), /^2:3 evidence\.time_zone: Not a time zone/);
    assert.match(first('evidence:\n  folder: /var/log\n'), /^2:3 evidence\.folder: Expected a path relative/);
    assert.match(first('evidence:\n  folder: ../out\n'), /^2:3 evidence\.folder: Climbs out/);
    assert.match(first('evidence:\n  remove_after: 30d\n'), /^2:3 evidence\.remove_after: Expected more than compress_after \(30d\)/);
    assert.match(first('evidence:\n  compress_after: 90d\n'), /evidence\.remove_after: Expected more than compress_after \(90d\)/);
    assert.match(first('evidence:\n  compress_after: 12h\n'), /^2:3 evidence\.compress_after: Expected whole days/);
    assert.match(first('control_plane:\n  log_retention: 0d\n'), /^2:3 control_plane\.log_retention: Expected whole days/);
    assert.match(first('branches:\n  staging: --upload-pack=x\n'), /^2:3 branches\.staging: Branch name .* starts with "-"/);
    assert.match(first('branches:\n  staging: production\n'), /^1:1 branches: production and staging must be different/);
    assert.match(first('build:\n  image: odoo:19\n'), /^2:3 build\.image: Pin the base image/);
    assert.match(first('control_plane:\n  url_env: postgres://u:p@h/db\n'), /^2:3 control_plane\.url_env: Expected the name/);
    assert.match(first('- a\n- b\n'), /^1:1 /);
    assert.match(first('just text'), /^1:1 /);
  });

  it('reports each problem, not only the first', () => {
    assert.equal(problemsOf('version: 2\nfoo: 1\nodoo:\n  http_port: 0\n').length, 3);
  });

  it('refuses needs that do not stand above, and names that stand twice', () => {
    const gate = (name: string, needs: string) => `    - name: ${name}\n      run: make\n      needs: [${needs}]\n`;
    assert.match(first(`promotion:\n  gates:\n${gate('a', 'b')}${gate('b', '')}`), /^5:7 .*there is no gate "b" above/);
    assert.match(first(`promotion:\n  gates:\n${gate('a', 'a')}`), /no gate "a" above/);
    assert.match(first(`promotion:\n  gates:\n${gate('a', '')}${gate('a', '')}`), /^6:7 .*a stands twice/);
  });

  it('refuses a team gate that is named like one of ours: it would never run', () => {
    assert.match(first('promotion:\n  gates:\n    - name: reproducible-build\n      run: make test\n'), /^3:7 .*reproducible-build/);
  });

  for (const [what, text] of [
    ['a tab', 'odoo:\n\tversion: "19.0"\n'],
    ['an open bracket', 'odoo: [\n'],
    ['a key that stands twice', 'version: 1\nversion: 1\n'],
    ['an unknown alias', 'odoo: *nowhere\n'],
    ['two documents', 'version: 1\n---\nversion: 1\n'],
    [
      'aliases that would fill the memory',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h']
        .map(
          (name, index) =>
            `${name}: &${name} [${Array(9)
              .fill(`*${'abcdefg'.charAt(index)}`)
              .join(',')}]`,
        )
        .join('\n')}\n`,
    ],
  ] as const) {
    it(`says where the YAML is broken: ${what}`, () => {
      const [problem] = problemsOf(text);
      assert.ok(problem && problem.line >= 1 && problem.column >= 1 && problem.message !== '');
    });
  }

  it('becomes one error with file, line and column of each problem', () => {
    assert.throws(
      () => configFrom('odoo:\n  addon_path: []\nfoo: 1\n'),
      (error) =>
        isOpsError(error, 'config') &&
        ['odoo-ops.yml:2:3: Unknown key odoo.addon_path.', 'odoo-ops.yml:3:1: Unknown key foo.'].every((line) =>
          error.message.split('\n').includes(line),
        ),
    );
  });

  it('says how staging and production are deployed to, with defaults, and dev is not', () => {
    const { staging, production } = configFrom('environments:\n  staging:\n    deploy: { run: make deploy }\n').environments;
    assert.deepEqual(staging.deploy, { run: 'make deploy', timeout: '30m', env: [], health: { timeout: '2m' } });
    assert.equal(production.deploy, undefined);
    const deploy = (environment: string, settings: string) => first(`environments:\n  ${environment}:\n    deploy: ${settings}\n`);
    assert.equal(deploy('dev', '{ run: x }'), '3:5 Unknown key environments.dev.deploy.');
    assert.match(deploy('staging', '{}'), /environments\.staging\.deploy\.run/);
    assert.match(deploy('staging', '{ run: x, env: ["A=b"] }'), /Expected the name of an environment variable/);
    assert.match(deploy('production', '{ run: x, timeout: 5 }'), /environments\.production\.deploy\.timeout/);
  });

  it('has a JSON Schema that describes what a person writes', () => {
    const schema = configJsonSchema() as {
      properties: Record<string, { properties: Record<string, unknown>; required?: string[] }>;
      additionalProperties: boolean;
      required?: string[];
    };
    assert.equal(schema.additionalProperties, false);
    assert.equal(schema.required, undefined);
    assert.deepEqual(Object.keys(schema.properties).sort(), [
      'branches',
      'build',
      'control_plane',
      'environments',
      'evidence',
      'odoo',
      'policy',
      'promotion',
      'pull_requests',
      'version',
    ]);
    assert.ok(schema.properties['odoo']?.properties['addons_path']);
    assert.equal(schema.properties['odoo'].required, undefined);
  });
});
