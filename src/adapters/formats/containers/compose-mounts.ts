import type { Mount } from '../../../core/policy/facts.ts';
import { interpolate } from './interpolate.ts';
import { fromRoot } from './paths.ts';
import type { YamlDocument } from './yaml-nodes.ts';

const PATH = /^(?:\.{1,2}(?:\/|$)|\/|~)/;

function mountOf(source: string | undefined, target: string, folder: string, isBind: boolean): Mount | undefined {
  if (!target.startsWith('/') || target.includes('$')) return undefined;
  const plain = source?.replace(/^\$(?:\{PWD\}|PWD)(?=\/|$)/, '.');
  const isPath = plain !== undefined && (PATH.test(plain) || isBind) && !plain.includes('$');
  return { source: isPath ? fromRoot(plain, folder) : null, target: target.length > 1 ? target.replace(/\/+$/, '') : target };
}

/** `source:target:mode`; the first one alone is a volume without a name. */
function cut(volume: string): string[] {
  return volume.split(/:(?![-?+])/);
}

/** The volumes and `configs:` of a service. @param folder of the compose file */
export function mountsOf({ get, items, text, entries }: YamlDocument, service: unknown, folder: string): Mount[] {
  const value = (node: unknown): string | undefined => {
    const written = text(node)?.value;
    return written === undefined ? undefined : interpolate(written).value;
  };
  return items(get(service, 'volumes')).flatMap((volume) => {
    const short = value(volume);
    if (short !== undefined) {
      const [source, target] = cut(short);
      return mountOf(target === undefined ? undefined : source, target ?? source ?? '', folder, false) ?? [];
    }
    if (entries(volume).length === 0) return [];
    const target = value(get(volume, 'target')) ?? '';
    return mountOf(value(get(volume, 'source')), target, folder, value(get(volume, 'type')) === 'bind') ?? [];
  });
}
