import type { BuildManifest } from './manifest.ts';

/**
 * An in-toto statement (v1) with a SLSA provenance predicate (v1): which commit, by which builder, became which bytes.
 * @see https://slsa.dev/spec/v1.0/provenance
 */
export function provenance(
  manifest: BuildManifest,
  build: { remoteUrl: string | null; version: string; invocation: string; startedAt: string; finishedAt: string },
): Record<string, unknown> {
  const source = build.remoteUrl === null ? 'git+local' : `git+${build.remoteUrl}`;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${manifest.sha}.tar`, digest: { sha256: manifest.artifact.sha256 } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://odoo-ops.dev/build/v1',
        externalParameters: { branch: manifest.branch, image: manifest.image },
        resolvedDependencies: [
          { uri: source, digest: { gitCommit: manifest.sha } },
          ...manifest.dependencies.map(({ path, sha256 }) => ({ uri: path, digest: { sha256 } })),
        ],
      },
      runDetails: {
        builder: { id: 'https://odoo-ops.dev/builder', version: { 'odoo-ops': build.version } },
        metadata: { invocationId: build.invocation, startedOn: build.startedAt, finishedOn: build.finishedAt },
      },
    },
  };
}
