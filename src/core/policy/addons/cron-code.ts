import type { CronCall } from './cron-facts.ts';
import type { ModelMethod } from './python-facts.ts';
import type { CronWithAddon } from './cron-records.ts';

export type LocatedMethod = ModelMethod & { file: string };

/** What a cron runs that may not end in time, with the methods on the way to it. */
export interface SlowMethod {
  cron: CronWithAddon;
  method: LocatedMethod;
  /** `_cron_run`, `_wait` */
  chain: string[];
}

/** `sale.model_sale_order` is the model sale.order: dots are underscores there. */
const plainModel = (model: string): string => model.replaceAll('.', '_');
const ownModel = ({ fields }: CronWithAddon): string => /(?:^|\.)model_(\w+)$/.exec(fields['model_id'] ?? '')?.[1] ?? '';

/** Methods of models by name, each under every model of its class. */
function methodIndex(methods: readonly LocatedMethod[]): (model: string, name: string) => LocatedMethod[] {
  const byName = new Map<string, LocatedMethod[]>();
  for (const method of methods) {
    for (const model of method.models) {
      const key = `${plainModel(model)} ${method.name}`;
      byName.set(key, [...(byName.get(key) ?? []), method]);
    }
  }
  return (model, name) => byName.get(`${plainModel(model)} ${name}`) ?? [];
}

/** Methods that sleep or loop and that a cron calls: itself, or by one that it calls of the same model. */
export function slowMethods(crons: readonly CronWithAddon[], methods: readonly LocatedMethod[]): SlowMethod[] {
  const find = methodIndex(methods);
  const isSlow = ({ sleeps, loops }: LocatedMethod): boolean => sleeps.length + loops.length > 0;
  const of = (cron: CronWithAddon, { model: named, method: name }: CronCall): SlowMethod[] => {
    const model = named ?? ownModel(cron);
    const called = find(model, name);
    const inner = called.flatMap(({ calls }) => calls.filter((other) => other !== name));
    return [
      ...called.filter(isSlow).map((method) => ({ cron, method, chain: [name] })),
      ...[...new Set(inner)].flatMap((other) =>
        find(model, other)
          .filter(isSlow)
          .map((method) => ({ cron, method, chain: [name, other] })),
      ),
    ];
  };
  return crons.flatMap((cron) => cron.calls.flatMap((call) => of(cron, call)));
}
