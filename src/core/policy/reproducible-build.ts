import { isSubmodule } from '../build/inputs.ts';
import { count } from '../text.ts';
import { missingFiles } from './build-files.ts';
import { buildFinding } from './build-finding.ts';
import { dependencyFiles, packageFindings } from './build-packages.ts';
import type { Finding } from './finding.ts';
import { isTestFile, outsideAddons } from './outside-addons.ts';
import { factsOf, type RepositoryFacts, type RuleDefinition } from './rule.ts';

const isUntagged = (reference: string): boolean => {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return !name.includes(':') || name.endsWith(':latest');
};

/** Images by digest and actions by commit; each reference once a file. */
function moving(facts: RepositoryFacts, isOutside: (path: string) => boolean): Finding[] {
  const seen = new Set<string>();
  const pins = factsOf(facts, 'pins').filter(({ what, pinned, file, reference }) => {
    const key = `${file}\0${what}\0${reference}`;
    if (pinned || what === 'package' || reference.includes('$') || seen.has(key) || !isOutside(file) || isTestFile(file)) return false;
    return seen.add(key);
  });
  return pins.map(({ what, file, range, reference }) => {
    if (what === 'action') {
      return buildFinding(
        'warning',
        file,
        range,
        `The action ${reference} is not pinned by commit.`,
        `Write ${reference.split('@')[0] ?? ''}@<commit>, with the version as a comment.`,
      );
    }
    const fix = `Write ${reference}@sha256:…, as \`docker buildx imagetools inspect ${reference}\` prints it.`;
    return isUntagged(reference)
      ? buildFinding(
          'error',
          file,
          range,
          `The image ${reference} is whatever is newest when it is pulled.`,
          `Name a version and its digest: ${reference.replace(/:latest$/, '')}:<version>@sha256:….`,
        )
      : buildFinding('warning', file, range, `The image ${reference} is not pinned by digest.`, fix);
  });
}

/** §5.1 and §5.3: all that a build takes in is committed and pinned. */
export const reproducibleBuild: RuleDefinition = {
  name: 'reproducible-build',
  title: 'All that a build takes in is in the repository and pinned',
  paragraph: '§5.1',
  check: (facts) => {
    const isOutside = outsideAddons(facts);
    const submodules = facts.build_inputs
      .filter(isSubmodule)
      .map(({ path }) =>
        buildFinding(
          'warning',
          path,
          null,
          `${path} is a submodule: a build needs it initialised.`,
          'Run `git submodule update --init` where builds run, or vendor the addons.',
        ),
      );
    const pins = factsOf(facts, 'pins').filter(({ what, file }) => what !== 'package' && isOutside(file));
    const files = dependencyFiles(facts);
    return {
      looked_at: `${count(files.length, 'dependency file')} and ${count(pins.length, 'reference')} to images and actions`,
      findings: [...packageFindings(facts), ...submodules, ...missingFiles(facts, isOutside), ...moving(facts, isOutside)],
    };
  },
};
