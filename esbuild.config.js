import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, context } from 'esbuild';

const root = import.meta.dirname;
const adapters = join(root, 'src', 'adapters');
const sdks = readdirSync(adapters).filter((name) => existsSync(join(adapters, name, 'sdk.ts')));

/** Large libraries are files of their own, read when they are needed: `import('./sdk.ts')` of an adapter becomes `./<adapter>.cjs`. */
const sdkFiles = {
  name: 'sdk-files',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/sdk\.ts$/ }, ({ kind, resolveDir }) =>
      kind === 'dynamic-import' ? { path: `./${basename(resolveDir)}.cjs`, external: true } : undefined,
    ),
};

/** How the command line and the extension are bundled, without node_modules beside them. */
const options = {
  entryPoints: {
    cli: join(root, 'src/cli/main.ts'),
    extension: join(root, 'src/extension/extension.ts'),
    ...Object.fromEntries(sdks.map((name) => [name, join(adapters, name, 'sdk.ts')])),
  },
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['vscode', 'pg-native'],
  alias: {
    yaml: join(root, 'node_modules/yaml/browser/index.js'),
    // Its main file finds its parts at run time, which no bundle holds.
    'jsonc-parser': join(root, 'node_modules/jsonc-parser/lib/esm/main.js'),
    '@lezer/highlight': join(adapters, 'odoo/no-highlight.ts'),
    cosmiconfig: join(adapters, 'postgres/no-cosmiconfig.ts'),
    '@secretlint/profiler': join(adapters, 'secretlint/no-profiler.ts'),
    ...Object.fromEntries(
      ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs'].map((name) => [name, join(adapters, 'docker/unused.ts')]),
    ),
  },
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [sdkFiles],
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
};

// `node esbuild.config.js [--watch] [folder]`: the package's own `dist` is minified, one for tests is not.
const watch = process.argv.includes('--watch');
const folder = process.argv.slice(2).find((argument) => !argument.startsWith('-'));
const output = folder === undefined ? { outdir: join(root, 'dist'), minify: true, sourcemap: true } : { outdir: folder };
if (watch) await (await context({ ...options, ...output, logLevel: 'info' })).watch();
else await build({ ...options, ...output });
