import type { FileFacts, Reader } from '../../../core/policy/facts.ts';
import { ingressLimits } from './ingress.ts';
import { fileModel, objectModel } from './traefik-file.ts';
import { labelModel } from './traefik-labels.ts';
import { traefikLimits } from './traefik-model.ts';
import { yamlTrees } from './yaml-tree.ts';

function read(path: string, text: string): FileFacts {
  const trees = yamlTrees(text);
  if (!Array.isArray(trees)) {
    // Files of Compose and Kubernetes have readers of their own, which say it.
    const isOwn = /traefik[^/]*$/i.test(path) && !text.includes('{{');
    return isOwn ? { unreadable: [{ message: `Traefik does not start with it: ${trees.message}`, range: trees.range }] } : {};
  }
  return {
    body_limits: [
      ...trees.flatMap((tree) => [...traefikLimits(labelModel(tree)), ...traefikLimits(fileModel(tree)), ...ingressLimits(tree)]),
      ...traefikLimits(objectModel(trees)),
    ],
  };
}

/** How large a request to Odoo may be behind Traefik, and behind an Ingress of nginx: files, labels of Compose, objects of Kubernetes. */
export const traefikReader: Reader = {
  name: 'traefik',
  version: 1,
  reads: (path) => /\.ya?ml$/.test(path) && !/(?:^|\/)(?:\.github|i18n|node_modules)\//.test(path),
  mayTell: (text) => /traefik|kind:\s*["']?Ingress|loadBalancer\s*:/i.test(text) && /odoo|8069/i.test(text),
  read,
};
