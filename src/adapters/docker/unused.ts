/**
 * Takes the place of libraries that dockerode brings along and we never use, in the bundle (esbuild.config.js): its SSH client (`ssh-agent.ts` runs
 * the person's own ssh, which knows their keys and hosts), and what speaks with BuildKit and reads its definitions from files. Saves 1.7 MB.
 */
export const Client = undefined;
