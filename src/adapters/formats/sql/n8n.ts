import { findNodeAtLocation, getNodeValue, parseTree, type Node } from 'jsonc-parser';
import * as z from 'zod';
import type { Reader } from '../../../core/policy/facts.ts';
import type { SqlVerb, SqlWrite } from '../../../core/policy/ledger/sql-facts.ts';
import { lineIndex, type LineIndex } from '../lines.ts';
import { countWrites } from './read.ts';
import { writesOfSql } from './strings.ts';
import { HOLE } from './tokens.ts';

const NODES = /^(?:n8n-nodes-base|@n8n\/n8n-nodes-langchain)\.(?:postgres|supabase)(?:Tool)?$/;

/** Operations of n8n's PostgreSQL and Supabase nodes that change rows; both insert where nothing is said. */
const VERBS: Readonly<Record<string, SqlVerb>> = {
  insert: 'insert',
  create: 'insert',
  upsert: 'insert',
  update: 'update',
  delete: 'delete',
  deleteTable: 'delete',
};

/** A name as a text, or as something chosen from a list. */
const choice = z.union([z.string(), z.object({ value: z.string() }).transform(({ value }) => value)]);
const nodeSchema = z.object({
  type: z.string().regex(NODES),
  disabled: z.boolean().optional(),
  parameters: z.object({
    operation: z.string().optional(),
    table: choice.optional(),
    tableId: choice.optional(),
    schema: choice.optional(),
    query: z.string().optional(),
  }),
});

function writesOfNode(node: Node, at: LineIndex): SqlWrite[] {
  const parsed = nodeSchema.safeParse(getNodeValue(node));
  if (!parsed.success || parsed.data.disabled === true) return [];
  const { operation, table, tableId, schema, query } = parsed.data.parameters;
  const place = (...keys: readonly string[]) => {
    const found = keys.map((key) => findNodeAtLocation(node, ['parameters', key])).find((one) => one !== undefined) ?? node;
    return at.range(found.offset, found.offset + found.length);
  };
  if (query !== undefined && (operation === undefined || operation === 'executeQuery')) {
    const sql = query.replace(/^=/, ' ').replace(/\{\{[^]*?\}\}/g, (filled) => HOLE.repeat(filled.length));
    return writesOfSql(sql, 0, lineIndex(sql), 'n8n').map((write) => ({ ...write, range: place('query') }));
  }
  const name = table ?? tableId;
  const verb = VERBS[operation ?? 'insert'];
  if (verb === undefined || name === undefined || !/^\w+$/.test(name)) return [];
  return [{ schema: schema ?? null, name, verb, via: 'n8n', times: 1, range: place('table', 'tableId') }];
}

/** Workflows of n8n: what their database nodes write. A file of JSON that is none tells nothing. */
export const n8nReader: Reader = {
  name: 'n8n',
  version: 2,
  reads: (path) => path.endsWith('.json'),
  mayTell: (text) => /"(?:n8n-nodes-base|@n8n\/n8n-nodes-langchain)\.(?:postgres|supabase)/.test(text),
  read: (_path, text) => {
    const tree = parseTree(text);
    const workflows = tree?.type === 'array' ? (tree.children ?? []) : tree ? [tree] : [];
    const nodes = workflows.flatMap((workflow) => findNodeAtLocation(workflow, ['nodes'])?.children ?? []);
    const at = lineIndex(text);
    return { sql_writes: countWrites(nodes.flatMap((node) => writesOfNode(node, at))) };
  },
};
