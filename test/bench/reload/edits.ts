import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDON, noMarks, PLACES, textOf, type Marks, type Place } from './addon.ts';
import { untilAnswer, type Answer } from './answers.ts';
import type { Server } from './server.ts';

export type EditKind = 'body' | 'python' | 'page' | 'form';

const KINDS: Readonly<Record<EditKind, readonly Place[]>> = {
  body: ['method', 'controller', 'tool'],
  python: ['constant', 'added', 'label', 'fallback', 'rank'],
  page: ['page'],
  form: ['form'],
};

function shows(place: Place, mark: number): [path: string, accept: (answer: Answer) => boolean] {
  if (place === 'page' || place === 'form') return [`/ops_bench/${place}`, ({ body }) => body.includes(`mark ${mark} here`)];
  return ['/ops_bench/marks', ({ status, body }) => status === 200 && (JSON.parse(body) as Record<string, unknown>)[place] === mark];
}

/** Makes edits in one server's addons, each with a number that was not there before. */
export class Editor {
  readonly #marks: Marks = noMarks();
  #last = 1000;
  #turn = { body: 0, python: 0, page: 0, form: 0 };

  constructor(readonly server: Server) {}

  /** Saves an edit of this kind, in the next of its places. */
  save(kind: EditKind): { place: Place; mark: number; file: string } {
    const places = KINDS[kind];
    const place = places[this.#turn[kind]++ % places.length]!;
    const mark = ++this.#last;
    this.#marks[place] = mark;
    const file = join(this.server.addons, ADDON, PLACES[place]);
    writeFileSync(file, textOf(place, this.#marks));
    return { place, mark, file };
  }

  /** Puts the addon back to what it was installed as. */
  reset(): void {
    Object.assign(this.#marks, noMarks());
    for (const place of Object.keys(PLACES) as Place[]) {
      writeFileSync(join(this.server.addons, ADDON, PLACES[place]), textOf(place, this.#marks));
    }
  }

  /**
   * Plain Odoo is not asked before it restarts: its old code would answer, and a thread that it starts for a request at the wrong moment
   * takes the signal to restart from the main thread, which then sleeps up to a minute more (`os.kill` and `time.sleep` in server.py).
   * @returns milliseconds from just before the save to the first answer with it
   */
  async measure(kind: EditKind): Promise<number> {
    const { side } = this.server;
    const restarting = side === 'plain' && (kind === 'body' || kind === 'python') ? this.server.restarting() : undefined;
    const begin = performance.now();
    const { place, mark } = this.save(kind);
    await restarting;
    return (await this.shown(place, mark)) - begin;
  }

  shown(place: Place, mark: number): Promise<number> {
    const [path, accept] = shows(place, mark);
    return untilAnswer(this.server.url + path, accept);
  }

  /** Looks at everything once, so that nothing is done for the first time in a measurement. */
  async warm(): Promise<void> {
    for (const place of Object.keys(PLACES) as Place[]) await this.shown(place, this.#marks[place]);
  }
}
