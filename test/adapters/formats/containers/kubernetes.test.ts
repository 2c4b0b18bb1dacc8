import assert from 'node:assert/strict';
import { kubernetesReader } from '../../../../src/adapters/formats/containers/kubernetes.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

const read = (text: string): FileFacts => kubernetesReader.read('k8s/odoo.yaml', text) as FileFacts;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: odoo-staging
spec:
  template:
    spec:
      initContainers:
        - name: init
          image: odoo:19.0
          command: [odoo, --stop-after-init, -i, base]
      containers:
        - name: web
          image: odoo:19.0
          command: ["sh", "-c", "exec odoo --db_host=$(PGHOST)"]
          args: [--workers=4, "-d", $(NAME)]
          workingDir: /opt
          env:
            - name: ODOO_STAGE
              value: staging
            - name: NAME
              value: "prod"
            - name: PASSWORD
              valueFrom:
                secretKeyRef: { name: odoo-db, key: password }
            - name: NODE
              valueFrom:
                fieldRef: { fieldPath: spec.nodeName }
            - name: EMPTY
          envFrom:
            - configMapRef: { name: odoo-env }
            - secretRef: { name: odoo-secret }
          volumeMounts:
            - { name: conf, mountPath: /etc/odoo }
            - { name: host, mountPath: /mnt/x }
            - { name: data, mountPath: /var/lib/odoo }
      volumes:
        - name: conf
          configMap: { name: odoo-conf }
        - name: host
          hostPath: { path: /srv/x }
        - name: data
          persistentVolumeClaim: { claimName: data }
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: odoo-conf
data:
  odoo.conf: |
    [options]
    addons_path = /mnt/a,
      /mnt/b
    workers = 4
---
apiVersion: v1
kind: ConfigMap
metadata: { name: odoo-env }
data:
  ODOO_LIST_DB: "False"
`;

describe('the reader of Kubernetes manifests', () => {
  it('reads every container of a workload, in several documents', () => {
    const { containers, unreadable = [] } = read(DEPLOYMENT);
    assert.deepEqual(unreadable, []);
    assert.deepEqual(
      containers?.map(({ name, image, words, working_folder }) => [
        name,
        image?.value,
        words.map(({ value }) => value).join(' '),
        working_folder,
      ]),
      [
        ['odoo-staging/init', 'odoo:19.0', 'odoo --stop-after-init -i base', null],
        ['odoo-staging/web', 'odoo:19.0', 'sh -c exec odoo --db_host=$(PGHOST) --workers=4 -d prod', '/opt'],
      ],
    );
    assert.equal(read(DEPLOYMENT).pins?.length, 2);
  });

  it('tells variables with where they come from', () => {
    const web = read(DEPLOYMENT).containers![1]!;
    assert.deepEqual(
      web.environment.map(({ name, value, from, range }) => [name, value, from, range.start.line]),
      [
        ['ODOO_STAGE', 'staging', null, 20],
        ['NAME', 'prod', null, 22],
        ['PASSWORD', null, 'odoo-db/password', 25],
        ['NODE', null, 'fieldRef', 26],
        ['EMPTY', '', null, 29],
      ],
    );
    assert.deepEqual(
      web.env_from?.map(({ value }) => value),
      ['odoo-env', 'odoo-secret'],
    );
  });

  it('reads an odoo.conf in a ConfigMap where it stands, and mounts it', () => {
    const { confs, containers, config_maps } = read(DEPLOYMENT);
    const line = DEPLOYMENT.split('\n').findIndex((one) => one.includes('addons_path')) + 1;
    assert.deepEqual(
      confs?.[0]?.options.map(({ name, value, range }) => [name, value, range]),
      [
        ['addons_path', '/mnt/a,\n/mnt/b', { start: { line, column: 19 }, end: { line: line + 1, column: 13 } }],
        ['workers', '4', { start: { line: line + 2, column: 15 }, end: { line: line + 2, column: 16 } }],
      ],
    );
    assert.deepEqual(
      containers?.[1]?.mounts.map(({ source, target }) => `${source ?? '-'} ${target}`),
      ['k8s/odoo.yaml /etc/odoo/odoo.conf', '/srv/x /mnt/x', '- /var/lib/odoo'],
    );
    assert.deepEqual(
      config_maps?.map(({ name, variables }) => [name, variables.map((variable) => `${variable.name}=${variable.value ?? ''}`)]),
      [['odoo-env', ['ODOO_LIST_DB=False']]],
    );
  });

  it('knows the kinds of workload, also in a list', () => {
    const pod = 'containers: [{ name: o, image: "odoo:19.0" }]';
    const template = `template: { spec: { ${pod} } }`;
    for (const [kind, spec] of [
      ['Pod', pod],
      ['StatefulSet', template],
      ['DaemonSet', template],
      ['Job', template],
      ['CronJob', `jobTemplate: { spec: { ${template} } }`],
    ])
      assert.equal(read(`apiVersion: v1\nkind: ${kind}\nmetadata: { name: n }\nspec: { ${spec} }\n`).containers?.[0]?.name, 'n', kind);
    assert.deepEqual(read(`apiVersion: v1\nkind: Service\nmetadata: { name: n }\nspec: { ${pod} }\n`).containers, []);
    const list = `apiVersion: v1\nkind: List\nitems:\n  - { kind: Pod, metadata: { name: n }, spec: { ${pod} } }\n`;
    assert.equal(read(list).containers?.length, 1);
    assert.ok(kubernetesReader.mayTell?.(list) ?? false);
    assert.ok(kubernetesReader.mayTell?.(DEPLOYMENT) ?? false);
    assert.ok(!kubernetesReader.mayTell?.('services:\n  a:\n    image: x\n'));
  });

  it('says where one more variable can be written', () => {
    for (const env of ['', '          env:\n            - name: A\n              value: b\n']) {
      const text = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: n\nspec:\n      containers:\n        - name: o\n${env}          image: odoo\n`;
      const slot = read(text).containers![0]!.variable_slot!;
      const lines = text.split('\n');
      const line = lines[slot.at.line - 1]!;
      const put = `${slot.before}ODOO_STAGE${slot.between}staging${slot.after}`;
      lines[slot.at.line - 1] = line.slice(0, slot.at.column - 1) + put + line.slice(slot.at.column - 1);
      const [first] = read(lines.join('\n')).containers![0]!.environment;
      assert.deepEqual([first?.name, first?.value], ['ODOO_STAGE', 'staging'], lines.join('\n'));
      assert.equal(read(lines.join('\n')).containers![0]!.name, 'n');
    }
  });

  it('passes over templates of Helm, and says of broken YAML where it breaks', () => {
    assert.deepEqual(read('apiVersion: v1\nkind: Pod\n{{- if .x }}\nspec:\n{{ toYaml . | indent 2 }}\n'), {});
    const { unreadable } = read('apiVersion: v1\nkind: Pod\nspec: [\n');
    assert.deepEqual([unreadable?.length, unreadable?.[0]?.range.start.line], [1, 4]);
    for (const odd of [
      '',
      'kind: Pod\n',
      'kind: Pod\nspec: x\n',
      'kind: Pod\nspec: { containers: [1, x, { env: 3, args: { a: 1 } }] }\n',
      'kind: ConfigMap\nmetadata: { name: a }\n',
    ])
      assert.doesNotThrow(() => read(odd), odd);
  });
});
