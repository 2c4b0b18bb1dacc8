import { byCodeUnit } from './paths.ts';

/** What `odoo-ops init` found in a repository. */
export interface Discovery {
  /** Folders that hold modules, in the order in which Odoo should read them. */
  addonsFolders: string[];
  staging: string;
  production: string;
  composeFiles: string[];
  /** Odoo series that most manifests state. */
  series: string;
  /** Branches in the remote that are named like production, for a hint. */
  productionExists: boolean;
}

export interface RepositoryFacts {
  paths: readonly string[];
  /** Versions that the manifests state, such as `19.0.1.0.0`. */
  versions: readonly string[];
  branches: readonly string[];
  defaultBranch: string | null;
  composeFiles: readonly string[];
}

// §5.2: Odoo's own addons, then the community's, then the team's.
const ORDER = ['odoo', 'oca', 'ipai', 'ipai_meta'];

function rank(folder: string): number {
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  const index = ORDER.indexOf(name);
  return index === -1 ? ORDER.indexOf('ipai') : index;
}

/** `19.0` from `19.0.1.0.0`, the most frequent one. */
function seriesOf(versions: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const version of versions) {
    const series = /^(\d+\.\d+)\.\d+\.\d+/.exec(version)?.[1];
    if (series !== undefined) counts.set(series, (counts.get(series) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '19.0';
}

/** Folders that hold modules: `<addons folder>/<module>/__manifest__.py`. */
export const manifestPaths = (paths: readonly string[]): string[] =>
  paths.filter((path) => /^(?:[^/]+\/){1,4}__manifest__\.py$/.test(path));

/** What a first configuration should say; looks at names and versions only. */
export function discover({ paths, versions, branches, defaultBranch, composeFiles }: RepositoryFacts): Discovery {
  const folders = new Set(manifestPaths(paths).map((path) => path.split('/').slice(0, -2).join('/')));
  // A manifest below another addons folder belongs to a test or a template.
  const top = [...folders].filter(
    (folder) => ![...folders].some((other) => other !== folder && other !== '' && folder.startsWith(`${other}/`)),
  );
  const production = ['production', 'prod'].find((name) => branches.includes(name));
  const staging = [defaultBranch, 'main', 'master', 'staging'].find(
    (name) => name !== null && name !== production && (name === defaultBranch || branches.includes(name)),
  );
  return {
    addonsFolders: top.sort((a, b) => rank(a) - rank(b) || byCodeUnit(a, b)),
    staging: staging ?? 'main',
    production: production ?? 'production',
    productionExists: production !== undefined,
    composeFiles: [...composeFiles],
    series: seriesOf(versions),
  };
}

// What YAML would read as something else than text is quoted: a branch `19.0` is no number.
const quoted = (text: string): string =>
  /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|[yn])$/i.test(text) ? text : JSON.stringify(text);

/** The text of a first `odoo-ops.yml`: what was found, and the rest as comments with its default. */
export function configTemplate({ addonsFolders, series, staging, production, composeFiles }: Discovery): string {
  const addons =
    addonsFolders.length > 0
      ? addonsFolders.map((folder) => `    - ${folder === '' ? '.' : quoted(folder)}`)
      : ['    # No module was found. Add the folders that hold yours:', '    - addons/ipai'];
  return `# Odoo Ops: how this repository becomes environments. Every key may be left out; its default is the constitution's.
# Completion and errors in VS Code come from the extension; \`odoo-ops schema\` prints the JSON Schema.
version: 1

odoo:
  version: "${series}"
  # Where the repository is mounted in containers; entries of addons_path are relative to the repository or absolute below this.
  workspace_folder: /workspaces/odoo
  # In the order in which Odoo reads them (§5.2).${composeFiles.length > 0 ? ` \`odoo-ops check\` compares it with ${composeFiles.slice(0, 3).join(', ')}.` : ''}
  addons_path:
${addons.join('\n')}
  # database: odoo_dev            # of the development server
  # http_port: 8069

branches:
  staging: ${quoted(staging)}
  production: ${quoted(production)}
  pull_requests: ["feature/*", "fix/*"]

promotion:
  remote: origin
  merge_method: merge             # or fast-forward; production is always a fast-forward
  # The team's own gates run in a check-out of the commit to be promoted.
  # gates:
  #   - name: tests
  #     run: make test
  #     timeout: 20m
  #     into: [staging, production]

# environments:
#   staging:
#     url: "https://staging.example.com"
#     deploy:                       # what \`odoo-ops deploy staging\` runs, in a check-out of the commit
#       run: make deploy-staging    # or a list: [ansible-playbook, staging.yml]
#       env: []                     # secret variables that it may see
#   production: { url: "https://www.example.com" }

# pull_requests:                    # a running, harmless Odoo for each pull request; see docs/pr-environments.md
#   host: pr-<number>-<slug>.dev.example.com
#   engine: auto                    # docker; or process, which locks nothing in; auto takes Docker where it answers
#   database:
#     url_env: ODOO_OPS_PR_DATABASE_URL   # name of the variable; its value never stands in a file
#     template: staging             # a neutralised copy of staging; or fresh
#   limits: { cpus: 2, memory: 2g, disk: 10g, build_time: 45m }
#   running: 10                     # at a time; the longest idle one is stopped for another
#   egress: []                      # the only places outside that an environment reaches: ["api.example.com:443"]
#   access: { user: preview, password_env: ODOO_OPS_PR_PASSWORD }   # or forward_auth, or public

evidence:
  folder: web/docs/evidence
  time_zone: Asia/Manila
  branch: odoo-ops/evidence       # copy of each record on the remote; null keeps it in this clone
  # compress_after: 30d           # what \`odoo-ops evidence prune\` does with old folders
  # remove_after: 90d

control_plane:
  url_env: DATABASE_URL           # name of the variable; its value never stands in a file
  # supabase:                     # or a Supabase project: see docs/control-plane.md
  #   url: https://<ref>.supabase.co
  #   publishable_key: sb_publishable_…
  client_id: default
  # log_retention: 30d

# policy:                           # how \`odoo-ops check\` applies its rules; see docs/configuration.md
#   stages: { "deploy/live/**": production }   # where neither ODOO_STAGE nor the name of a file tells
#   mail_catchers: [mail.test.example.com]
#   integrations:                   # what staging must not reach
#     - { name: slack, variables: [SLACK_WEBHOOK_URL], test_values: ["https://hooks.test/**"] }
#   suppressions:                   # findings that may stand for a while
#     - { rule: no-secrets, file: "docs/old/**", reason: "Void since 2019", until: 2027-01-31 }
`;
}
