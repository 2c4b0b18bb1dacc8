import { count } from '../text.ts';
import type { Finding } from './finding.ts';
import { factsOf, type RepositoryFacts, type RuleDefinition } from './rule.ts';
import { withoutOverlaps, type SecretFact } from './secrets/facts.ts';
import { isTestPath } from './secrets/path.ts';
import { stageOfFile } from './odoo/stage.ts';

const PARAGRAPH = '§7.1';
const ROTATE = 'It has been in git: rotate it';

/**
 * null where it may stand: a word that everybody tries first, outside of the files of a stage that people rely on;
 * in tests and demonstrations whatever only its name makes a secret.
 */
function severityOf(secret: SecretFact, file: string, config: RepositoryFacts['config']): Finding['severity'] | null {
  const isTest = isTestPath(file);
  if (secret.common) {
    const stage = stageOfFile(file, config);
    return !isTest && (stage === 'production' || stage === 'staging') ? 'warning' : null;
  }
  if (isTest) return secret.certain ? 'warning' : null;
  return 'error';
}

const remarkOf = ({ common }: SecretFact): string => (common ? ', a word that everybody tries first' : '');

function inFile(file: string, secrets: readonly SecretFact[], config: RepositoryFacts['config']): Finding[] {
  return withoutOverlaps(secrets).flatMap((secret): Finding[] => {
    const severity = severityOf(secret, file, config);
    if (severity === null) return [];
    return [
      {
        rule: 'no-secrets',
        severity,
        file,
        range: secret.range,
        message: `${secret.message}${remarkOf(secret)}.`,
        fix: secret.common ? `${secret.hint}.` : `${secret.hint}. ${ROTATE}.`,
        paragraph: PARAGRAPH,
      },
    ];
  });
}

/** What commits add and the files do not show any more; what they still show is said there. */
function inCommits(facts: RepositoryFacts): Finding[] {
  const standing = new Set(factsOf(facts, 'secrets').map(({ file, message }) => `${file}\0${message}`));
  return (facts.commit_secrets ?? []).flatMap(({ commit, file, secret }): Finding[] => {
    const severity = severityOf(secret, file, facts.config);
    if (severity === null || secret.common || standing.has(`${file}\0${secret.message}`)) return [];
    return [
      {
        rule: 'no-secrets',
        severity,
        file: null,
        range: null,
        message: `Commit ${commit.slice(0, 10)} puts a secret into line ${secret.range.start.line} of ${file}: ${secret.message}. A later change took it out of that file; history keeps it.`,
        fix: `${ROTATE}; or, while nobody else has the commit, rebase and leave it out before it is promoted.`,
        paragraph: PARAGRAPH,
      },
    ];
  });
}

/** §7.1: secrets live in environment variables and secret managers, not in git. */
export const noSecrets: RuleDefinition = {
  name: 'no-secrets',
  title: 'No secrets in files and in the commits to be promoted',
  paragraph: PARAGRAPH,
  check: (facts) => ({
    looked_at: `${count(facts.paths.length, 'file')}${facts.commit_secrets ? ' and the commits to be promoted' : ''}`,
    findings: [...[...facts.files].flatMap(([file, { secrets = [] }]) => inFile(file, secrets, facts.config)), ...inCommits(facts)],
  }),
};
