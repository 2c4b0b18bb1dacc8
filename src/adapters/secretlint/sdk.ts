/** Secretlint with the rules that it recommends; a file of its own in the bundle, read when a text may hold what they know. */
export { lintSource } from '@secretlint/core';
export { rules } from '@secretlint/secretlint-rule-preset-recommend';
