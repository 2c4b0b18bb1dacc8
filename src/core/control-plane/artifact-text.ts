import { count, plainText } from '../text.ts';

/** What became of files for Storage, for people: a part of a sentence, and a line for each record that was set aside. */
export function artifactLines({
  uploaded,
  waiting,
  setAside,
}: {
  uploaded: number;
  waiting: number;
  setAside: readonly { id: string; reason: string }[];
}): string[] {
  const wait = `${count(waiting, 'record')} ${waiting === 1 ? 'waits' : 'wait'}`;
  return [
    `uploaded ${count(uploaded, 'file')}, ${wait}`,
    ...setAside.map(({ id, reason }) => `! files of ${id.slice(0, 8)}: ${plainText(reason)}`),
  ];
}
