import { buildInputs, SUBMODULE } from '../build/inputs.ts';
import { count } from '../text.ts';
import { missingFiles } from './build/files.ts';
import { buildFinding } from './build/finding.ts';
import { dependencyFiles, packageFindings, some } from './build/packages.ts';
import type { Pin } from './facts.ts';
import type { Finding } from './finding.ts';
import { isTestFile, outsideAddons } from './addons/outside-addons.ts';
import { factsOf, type RepositoryFacts, type RuleDefinition } from './rule.ts';

type LocatedPin = Pin & { file: string };

const isUntagged = (reference: string): boolean => {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return !name.includes(':') || name.endsWith(':latest');
};

function imageFinding({ file, range, reference }: LocatedPin): Finding {
  if (isUntagged(reference)) {
    const fix = `Name a version and its digest: ${reference.replace(/:latest$/, '')}:<version>@sha256:….`;
    return buildFinding('error', file, range, `The image ${reference} is whatever is newest when it is pulled.`, fix);
  }
  const fix = `Write ${reference}@sha256:…, as \`docker buildx imagetools inspect ${reference}\` prints it.`;
  return buildFinding('warning', file, range, `The image ${reference} is not pinned by digest.`, fix);
}

/** One a file: workflows have many. */
function actionFinding(file: string, actions: readonly LocatedPin[]): Finding {
  const [first] = actions;
  const names = some(actions);
  const message =
    actions.length === 1 ? `The action ${names} is not pinned by commit.` : `${actions.length} actions are not pinned by commit: ${names}.`;
  const fix = `Write ${first?.reference.split('@')[0] ?? 'owner/action'}@<commit>, with the version as a comment.`;
  return buildFinding('warning', file, first?.range ?? null, message, fix);
}

/** Images by digest and actions by commit; each reference once a file. */
function moving(facts: RepositoryFacts, isOutside: (path: string) => boolean): Finding[] {
  const images = new Map<string, LocatedPin>();
  const actions = new Map<string, Map<string, LocatedPin>>();
  for (const pin of factsOf(facts, 'pins')) {
    const { what, pinned, file, reference } = pin;
    if (pinned || what === 'package' || reference.includes('$') || !isOutside(file) || isTestFile(file)) continue;
    const key = `${file}\0${reference}`;
    if (what === 'image') images.set(key, images.get(key) ?? pin);
    else actions.set(file, (actions.get(file) ?? new Map<string, LocatedPin>()).set(reference, actions.get(file)?.get(reference) ?? pin));
  }
  return [...[...images.values()].map(imageFinding), ...[...actions].map(([file, own]) => actionFinding(file, [...own.values()]))];
}

/** §5.1 and §5.3: all that a build takes in is committed and pinned. */
export const reproducibleBuild: RuleDefinition = {
  name: 'reproducible-build',
  title: 'All that a build takes in is in the repository and pinned',
  paragraph: '§5.1',
  check: (facts) => {
    const isOutside = outsideAddons(facts);
    const submodules = facts.submodules
      .filter((path) => buildInputs([{ mode: SUBMODULE, object: '', path }], facts.config).length > 0)
      .map((path) =>
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
