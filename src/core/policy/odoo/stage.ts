import { matchesPattern } from '../../config/patterns.ts';
import type { Config, Stage } from '../../config/schema.ts';

export const STAGES: readonly Stage[] = ['development', 'staging', 'production'];

const WORDS: Readonly<Record<Stage, readonly string[]>> = {
  production: ['production', 'prod'],
  staging: ['staging', 'stage', 'preprod'],
  development: ['dev', 'development', 'devel', 'devcontainer', 'local'],
};

/** The stage that a name tells by one of its words: `odoo-staging`, `deploy/prod/odoo.conf`; null where it tells none, or two. */
export function stageOfName(name: string): Stage | null {
  const words = name.toLowerCase().split(/[^a-z]+/);
  const told = STAGES.filter((stage) => WORDS[stage].some((word) => words.includes(word)));
  return told.length === 1 ? (told[0] ?? null) : null;
}

/** The stage that a file is for: as the configuration says, or by the words of its path, the last one first. */
export function stageOfFile(path: string, config: Config): Stage | null {
  const said = Object.entries(config.policy.stages).find(([pattern]) => matchesPattern(path, pattern));
  if (said) return said[1];
  // `/usr/local` in an image is a place, and no stage.
  const parts = path
    .replace(/(?<=(?:^|\/)usr\/)local\//, '')
    .split('/')
    .reverse();
  for (const part of parts) {
    const stage = stageOfName(part);
    if (stage) return stage;
  }
  return null;
}
