import type { ConfigMap, FileFacts, OdooConf } from '../../../core/policy/facts.ts';
import { odooConfReader } from '../odoo-conf.ts';
import { placeBlock } from './embedded.ts';
import type { YamlDocument } from './yaml-nodes.ts';

/** A document of a file of manifests. */
export interface Manifest extends YamlDocument {
  path: string;
  file: string;
}

/** What a ConfigMap holds: variables, and files that are an odoo.conf. */
export function configMapOf(
  { get, entries, text, file }: Manifest,
  map: unknown,
): { map: ConfigMap; confs: [string, OdooConf[]][] } | undefined {
  const name = text(get(get(map, 'metadata'), 'name'));
  if (text(get(map, 'kind'))?.value !== 'ConfigMap' || !name) return undefined;
  const data = entries(get(map, 'data')).flatMap(({ name: key, key: keyRange, value }) => {
    const held = text(value);
    return held ? [{ key, keyRange, ...held }] : [];
  });
  return {
    map: {
      name: name.value,
      range: name.range,
      variables: data
        .filter(({ value }) => !value.includes('\n'))
        .map(({ key, keyRange, value, range }) => ({ name: key, value, from: null, range: value === '' ? keyRange : range })),
    },
    // Literal blocks stand as they are, only further to the right.
    confs: data
      .filter(({ key, value, range }) => odooConfReader.reads(key) && value.includes('[options]') && range.start.line < range.end.line)
      .map(({ key, value, range }) => [
        key,
        placeBlock(file, range.start.line + 1, value, odooConfReader.read(key, value) as FileFacts).confs ?? [],
      ]),
  };
}
