/** Octokit and what keeps it polite: a file of its own in the bundle, read when GitHub is asked for. */
export { retry } from '@octokit/plugin-retry';
export { throttling } from '@octokit/plugin-throttling';
export { Octokit } from '@octokit/rest';
