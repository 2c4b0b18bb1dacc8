import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';
import { importX } from 'eslint-plugin-import-x';

const vscodeOnlyInExtension = { name: 'vscode', message: 'Only src/extension (and test/host) may import vscode.' };
const pureCore = {
  // Anything that is neither zod nor a relative path.
  regex: '^(?!zod$|\\.{1,2}/)',
  message: 'src/core is pure: it imports zod and nothing else. Put the effect into an adapter.',
};

/** `core < adapters < runtime < cli, extension`; one adapter never imports another. See docs/architecture.md. */
const layers = [
  { target: './src/core', from: ['./src/adapters', './src/runtime', './src/cli', './src/extension'] },
  { target: './src/adapters', from: ['./src/runtime', './src/cli', './src/extension'] },
  { target: './src/runtime', from: ['./src/cli', './src/extension'] },
  { target: './src/cli', from: ['./src/extension', './src/adapters'] },
  { target: './src/extension', from: ['./src/cli', './src/adapters'] },
  ...readdirSync(`${import.meta.dirname}/src/adapters`).map((name) => ({
    target: `./src/adapters/${name}`,
    from: './src/adapters',
    except: [`./${name}`],
    message: 'One adapter never imports another: let src/runtime bring them together.',
  })),
];

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '**/.vscode-test'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver': { node: { extensions: ['.ts'] } } },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones: layers }],
      'import-x/no-default-export': 'error',
      'import-x/no-cycle': 'error',
      'no-restricted-imports': ['error', { paths: [vscodeOnlyInExtension] }],
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [vscodeOnlyInExtension], patterns: [pureCore] }] },
  },
  {
    files: ['src/extension/**/*.ts', 'test/host/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      // VS Code takes anything with a `dispose` for a Disposable.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
