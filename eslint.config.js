import tseslint from 'typescript-eslint';

const vscodeOnlyInExtension = { name: 'vscode', message: 'Only src/extension (and test/host) may import vscode.' };

/** `core < adapters < runtime < cli, extension`: what a folder may not import, by the words of the path. See docs/architecture.md. */
const upward = (...folders) => ({
  regex: `(^|/)(${folders.join('|')})/`,
  message: `Nothing imports upward or sideways: this folder may not import ${folders.join(', ')}.`,
});
const pureCore = {
  // Anything that is neither zod nor a relative path.
  regex: '^(?!zod$|\\.{1,2}/)',
  message: 'src/core is pure: it imports zod and nothing else. Put the effect into an adapter.',
};
/** @param steps how far up from a file of src/adapters/<name>/ the other adapters are: one, or two from a folder inside */
const otherAdapter = (steps) => ({
  regex: `^(?:\\.\\./){${steps}}(?!\\.\\./)`,
  message: 'One adapter never imports another: let src/runtime bring them together.',
});
const layer = (folder, patterns, paths = [vscodeOnlyInExtension]) => ({
  files: [`${folder}/**/*.ts`],
  rules: { 'no-restricted-imports': ['error', { paths, patterns }] },
});

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '**/.vscode-test'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      'no-restricted-imports': ['error', { paths: [vscodeOnlyInExtension] }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Export by name.' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  layer('src/core', [pureCore, upward('adapters', 'runtime', 'cli', 'extension')]),
  layer('src/adapters', [otherAdapter(1), upward('runtime', 'cli', 'extension')]),
  layer('src/adapters/*/*', [otherAdapter(2), upward('runtime', 'cli', 'extension')]),
  layer('src/runtime', [upward('cli', 'extension')]),
  layer('src/cli', [upward('adapters', 'extension')]),
  layer('src/extension', [upward('adapters', 'cli')], []),
  {
    files: ['src/extension/**/*.ts', 'test/host/**/*.ts'],
    // VS Code takes anything with a `dispose` for a Disposable.
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  { files: ['test/host/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
