/** How many letters are inserted, deleted or replaced between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The name that somebody who wrote `word` probably meant: one that begins so or holds it, else the one with the fewest letters changed. */
export function closest<Name extends string>(word: string, names: readonly Name[]): Name | undefined {
  const said = word.toLowerCase();
  const part = said.length >= 3 ? (names.find((name) => name.startsWith(said)) ?? names.find((name) => name.includes(said))) : undefined;
  if (part !== undefined) return part;
  const [best] = names.map((name) => ({ name, far: distance(said, name) })).sort((a, b) => a.far - b.far);
  return best && best.far <= Math.ceil(best.name.length / 3) ? best.name : undefined;
}
