import type * as z from 'zod';
import { OpsError } from '../errors.ts';
import { BUILT_IN_GATE_NAMES } from '../gates/gate.ts';
import { CONFIG_FILE, configSchema, type Config } from './schema.ts';

/** A place in a file, from 1, as editors show it. */
export interface Position {
  line: number;
  column: number;
}

export interface ConfigProblem extends Position {
  message: string;
}

/** What a format's parser hands over: the plain value, its own complaints, and where each path of keys stands. */
export interface ParsedDocument {
  value: unknown;
  problems: ConfigProblem[];
  positionOf: (path: readonly (string | number)[]) => Position;
}

export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: ConfigProblem[] };

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');

function problemsOf(issue: z.core.$ZodIssue, document: ParsedDocument): ConfigProblem[] {
  const path = issue.path.filter((key): key is string | number => typeof key !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...document.positionOf([...path, key]),
      message: `Unknown key ${pathText([...path, key])}.`,
    }));
  }
  const where = path.length > 0 ? `${pathText(path)}: ` : '';
  return [{ ...document.positionOf(path), message: `${where}${issue.message}` }];
}

/** Checks a parsed `odoo-ops.yml`; an empty file is a valid one, for everything has a default. */
export function parseConfig(document: ParsedDocument): ConfigResult {
  if (document.problems.length > 0) return { ok: false, problems: document.problems };
  const result = configSchema.safeParse(document.value ?? {});
  if (!result.success) return { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, document)) };
  const gates = result.data.promotion.gates;
  const unknown = gates.flatMap((gate, index) =>
    gate.needs
      // It must run wherever this one does: a need that never runs would be no need.
      .filter((need) => !gates.slice(0, index).some((other) => other.name === need && gate.into.every((into) => other.into.includes(into))))
      .map((need) => ({
        ...document.positionOf(['promotion', 'gates', index, 'needs']),
        message: `promotion.gates[${index}].needs: there is no gate ${JSON.stringify(need)} above this one that guards ${gate.into.join(' and ')}.`,
      })),
  );
  const repeated = gates.flatMap((gate, index) => {
    const problem = BUILT_IN_GATE_NAMES.some((name) => name === gate.name)
      ? 'is one of our own gates'
      : gates.findIndex((other) => other.name === gate.name) < index
        ? 'stands twice'
        : undefined;
    return problem === undefined
      ? []
      : [
          {
            ...document.positionOf(['promotion', 'gates', index, 'name']),
            message: `promotion.gates[${index}].name: ${gate.name} ${problem}.`,
          },
        ];
  });
  const problems = [...unknown, ...repeated];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: result.data };
}

/** One error for all problems, each as `file:line:column: message`. */
export function configError(problems: readonly ConfigProblem[], file = CONFIG_FILE): OpsError {
  const lines = problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return new OpsError('config', lines.join('\n'), {
    hint: `Correct ${file}; \`odoo-ops schema\` prints what it may hold.`,
    details: { file, problems },
  });
}
