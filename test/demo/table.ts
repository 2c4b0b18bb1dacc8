import { basename, dirname } from 'node:path';
import type { Outcome } from './commands.ts';
import { paint, say, wrap, WIDTH } from './screen.ts';

const NAME = WIDTH - 21;

/** What happened: a line a command, and below it the folder of its evidence. */
export function printTable(outcomes: readonly Outcome[]): void {
  const row = (mark: string, command: string, exit: string, time: string) =>
    `${mark} ${command.padEnd(NAME)}  ${exit.padEnd(9)} ${time.padStart(7)}`;
  say();
  say(paint('bold', row(' ', 'COMMAND, AND THE FOLDER OF ITS EVIDENCE', 'EXIT', 'TIME')));
  for (const { command, exit, seconds, evidence } of outcomes) {
    const [first = '', ...more] = wrap(command, NAME - 2);
    say(row(paint('green', '✓'), more.length > 0 ? `${first} …` : first, exit, `${seconds.toFixed(1)} s`));
    if (evidence !== null) say(paint('gray', `    ${basename(dirname(evidence))}/${basename(evidence)}`));
  }
}

/** Facts below the table: a word and what it is. */
export function printFacts(facts: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  say();
  // Never broken, however long: these are to be copied.
  for (const [name, value] of facts) say(`${paint('bold', name.padEnd(width))}${value}`);
}
