import { count, plainText } from '../text.ts';

/** What became of waiting records, for people: one sentence, and a line for each record that was set aside. */
export function deliveryLines({
  controlPlane,
  delivered,
  waiting,
  reason,
  setAside,
}: {
  controlPlane: boolean;
  delivered: number;
  waiting: number;
  /** Why they wait, where nothing is wrong. */
  reason?: string;
  setAside: readonly { id: string; reason: string }[];
}): string[] {
  const wait = `${waiting} ${waiting === 1 ? 'waits' : 'wait'}${reason === undefined ? '' : ` (${reason})`}`;
  const summary = controlPlane ? `delivered ${delivered}, ${wait}` : `no control plane; ${wait}`;
  if (setAside.length === 0) return [summary];
  return [
    `${summary}, ${setAside.length} set aside`,
    ...setAside.map(({ id, reason }) => `! ${id.slice(0, 8)}: ${plainText(reason)}`),
    `Mend what it says, then \`odoo-ops evidence sync --retry\` tries ${count(setAside.length, 'record')} again.`,
  ];
}
