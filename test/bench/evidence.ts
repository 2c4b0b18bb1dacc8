import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evidenceFolder, promotionTopic } from '../../src/core/evidence/folder.ts';
import { recordHash, type EvidenceRecord } from '../../src/core/evidence/record.ts';
import { BUILT_IN_GATE_NAMES } from '../../src/core/gates/gate.ts';
import { isoInZone } from '../../src/core/time.ts';

const ZONE = 'Asia/Manila';
const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/** A promotion as the real ones are: three commits, two modules, seven gates, ten files. */
function promotion(number: number, at: Date, previous: string[]): EvidenceRecord & { hash: string } {
  const refused = number % 5 === 0;
  const toProduction = number % 4 === 0;
  const [from, to] = toProduction ? ['main', 'production'] : [`feature/branch-${number}`, 'main'];
  const startedAt = isoInZone(at, ZONE);
  const gates = [...BUILT_IN_GATE_NAMES, 'tests'];
  const shas = [sha1(`from${number}`), sha1(`to${number}`)] as const;
  const record: EvidenceRecord = {
    format: 'odoo-ops-record/1',
    id: randomUUID(),
    topic: promotionTopic(from, to),
    result: refused ? 'refused' : 'passed',
    message: refused ? 'tests: exit code 1' : null,
    started_at: startedAt,
    finished_at: isoInZone(new Date(at.getTime() + 90_000), ZONE),
    actor: 'Ana Reyes <ana@example.com>',
    process: { host: 'bench', pid: 1, version: '0.1.0' },
    plan: {
      act: 'promotion',
      environment: toProduction ? 'production' : 'staging',
      remote: 'origin',
      from: from,
      to: to,
      from_sha: shas[0],
      to_sha: shas[1],
      rules_sha: shas[1],
      method: toProduction ? 'fast-forward' : 'merge',
      by: 'push',
      pull_request: null,
      notices: [],
      merge_tree: toProduction ? null : sha1(`tree${number}`),
      emergency: null,
      nothing_to_do: false,
      commits: [1, 2, 3].map((change) => ({
        sha: sha1(`${number}-${change}`),
        parents: [sha1(`${number}-${change - 1}`)],
        author: 'Ben Cruz',
        email: 'ben@example.com',
        authored_at: startedAt,
        committed_at: startedAt,
        subject: `Change ${change} of branch ${number}`,
      })),
      authors: [{ name: 'Ben Cruz', commits: 3 }],
      modules: ['ipai_loyalty', 'ipai_rounding'].map((module) => ({
        module,
        path: `addons/ipai/${module}`,
        change: 'changed',
        old_version: '19.0.1.0.0',
        new_version: '19.0.1.1.0',
      })),
      files: Array.from({ length: 8 }, (_, index) => ({
        status: 'changed',
        path: `addons/ipai/ipai_loyalty/models/model_${index}.py`,
        added: 12,
        removed: 3,
      })),
      gates: gates.map((name) => ({ name, title: `What ${name} checks`, needs: [], timeout_ms: 60_000 })),
      blockers: [],
    },
    steps: ['lease', 'remote', 'candidate', 'gates', 'push'].map((name) => ({
      name,
      title: `Step ${name}`,
      result: 'passed',
      started_at: startedAt,
      duration_ms: 120,
      message: null,
    })),
    outcome: {
      act: 'promotion',
      sha: refused ? null : sha1(`moved${number}`),
      previous_sha: shas[1],
      gates: gates.map((name) => ({
        name,
        result: refused && name === 'tests' ? 'failed' : 'passed',
        message: 'no findings',
        started_at: startedAt,
        duration_ms: 120,
        log: `logs/gate-${name}.log`,
      })),
    },
    files: ['logs/act.log', 'plan.json', ...gates.map((name) => `logs/gate-${name}.log`)]
      .sort()
      .map((path) => ({ path, sha256: sha256(`${number}${path}`), bytes: 400 })),
    previous,
    hash: null,
  };
  return { ...record, hash: recordHash(record, sha256) };
}

/** Writes records of promotions, three a day, the newest of them now; their logs are left out: nobody reads those for an overview. */
export async function writeEvidence(root: string, count: number): Promise<void> {
  const taken = new Set<string>();
  let previous: string[] = [];
  for (let number = count; number > 0; number--) {
    const at = new Date(Date.now() - number * 8 * 3_600_000);
    const record = promotion(number, at, previous);
    previous = [record.hash];
    let attempt = 1;
    while (taken.has(evidenceFolder(at, ZONE, record.topic, attempt))) attempt++;
    const folder = evidenceFolder(at, ZONE, record.topic, attempt);
    taken.add(folder);
    await mkdir(join(root, folder, 'logs'), { recursive: true });
    await writeFile(join(root, folder, 'record.json'), `${JSON.stringify(record, null, 2)}\n`);
  }
}
