import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planSweep, type SweepFacts } from '../../../src/core/pr-environments/sweep.ts';
import { THING_KINDS, type Part, type Stamp, type Thing, type ThingKind } from '../../../src/core/pr-environments/thing.ts';

const NOW = new Date('2026-01-31T12:00:00Z');
const minutesAgo = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const HOUR = 60;
const SHA = (letter: string): string => letter.repeat(40);

const stamp = (number: number | null, given: Partial<Stamp> = {}): Stamp => ({
  project: 'acme',
  number,
  attempt: number === null ? null : `attempt-${number}`,
  commit: number === null ? null : SHA('a'),
  branch: number === null ? null : 'fix/x',
  engine: number === null ? null : 'here',
  created_at: minutesAgo(HOUR),
  expires_at: null,
  ...given,
});
const thing = (kind: ThingKind, part: Part, of: Stamp, name = `${kind}-${of.number ?? 'shared'}`): Thing => ({
  kind,
  part,
  id: `${kind} ${part} ${JSON.stringify(of)} ${name}`,
  name,
  stamp: of,
  running: null,
  bytes: null,
});

/** All that an environment on Docker, or one of processes, is made of. */
const PARTS_OF_ONE: readonly (readonly [ThingKind, Part])[] = [
  ['route', 'route'],
  ['container', 'odoo'],
  ['container', 'relay'],
  ['network', 'network'],
  ['volume', 'filestore'],
  ['database', 'database'],
  ['role', 'role'],
  ['work-tree', 'code'],
  ['folder', 'network'],
];
const environment = (of: Stamp): Thing[] => PARTS_OF_ONE.map(([kind, part]) => thing(kind, part, of));
const SHARED = [
  thing('container', 'proxy', stamp(null)),
  thing('container', 'mail', stamp(null)),
  thing('network', 'network', stamp(null)),
  thing('volume', 'proxy', stamp(null)),
  thing('role', 'template', stamp(null)),
  thing('database', 'template', stamp(null, { commit: SHA('e') }), 'odoo_ops_acme_tpl_staging'),
];

const sweep = (things: readonly Thing[], facts: Partial<Omit<SweepFacts, 'things'>> = {}) =>
  planSweep({ things, openPullRequests: [], now: NOW, project: 'acme', engine: 'here', buildingNow: new Set(), ...facts });
const open = (...numbers: number[]) => ({ openPullRequests: numbers.map((number) => ({ number, head: SHA('a') })) });
const idsOf = (verdicts: ReturnType<typeof sweep>): string[] => verdicts.map(({ thing: { id } }) => id).sort();
const ids = (things: readonly Thing[]): string[] => things.map(({ id }) => id).sort();

describe('a sweep', () => {
  it('leaves alone what another engine made while its pull request is open: that its Odoo is not seen from here says nothing', () => {
    const database = thing('database', 'database', stamp(3, { engine: 'elsewhere' }));
    assert.deepEqual(sweep([database], open(3)), []);
    assert.deepEqual(idsOf(sweep([database])), ids([database]));
    const expired = thing('database', 'database', stamp(3, { engine: 'elsewhere', expires_at: minutesAgo(1) }));
    assert.deepEqual(idsOf(sweep([expired], open(3))), ids([expired]));
    // Another attempt stands here: what the other one has is still for that engine to judge.
    assert.deepEqual(sweep([database, ...environment(stamp(3, { attempt: 'here-3' }))], open(3)), []);
  });

  it('takes all of a closed pull request, and nothing that environments share', () => {
    const all = environment(stamp(3));
    const found = sweep([...all, ...SHARED, ...environment(stamp(4))], open(4));
    assert.deepEqual(idsOf(found), ids(all));
    assert.equal(found[0]?.reason, 'pull request 3 is not open');
  });

  it('takes what leads to a thing before the thing', () => {
    const kinds = sweep([...environment(stamp(3))].reverse()).map(({ thing: { kind } }) => kind);
    assert.deepEqual(
      kinds,
      [...kinds].sort((a, b) => THING_KINDS.indexOf(a) - THING_KINDS.indexOf(b)),
    );
    assert.deepEqual([kinds[0], kinds.indexOf('database') < kinds.indexOf('role')], ['route', true]);
  });

  it('leaves alone what somebody builds or removes right now, closed or not', () => {
    assert.deepEqual(sweep([...environment(stamp(3))], { buildingNow: new Set([3]) }), []);
  });

  it('takes what a build left that never came to its end, once its builder would have begun by now', () => {
    const left = (age: number) => environment(stamp(5, { created_at: minutesAgo(age) })).filter(({ part }) => part !== 'odoo');
    assert.deepEqual(idsOf(sweep(left(20), open(5))), ids(left(20)));
    assert.deepEqual(sweep(left(1), open(5)), []);
    assert.deepEqual(sweep(left(20), { ...open(5), buildingNow: new Set([5]) }), []);
  });

  it('takes what a build before left, and the jobs of one that is over', () => {
    const current = environment(stamp(5, { attempt: 'new', created_at: minutesAgo(10) }));
    const old = [thing('volume', 'filestore', stamp(5, { attempt: 'old' })), thing('container', 'odoo', stamp(5, { attempt: 'old' }))];
    const job = thing('container', 'job', stamp(5, { attempt: 'new', created_at: minutesAgo(10) }));
    const found = sweep([...current, ...old, job], open(5));
    assert.deepEqual(idsOf(found), ids([...old, job]));
  });

  it('takes what expired, also of an open pull request, and what says of itself that another took its place', () => {
    const expired = environment(stamp(6, { expires_at: minutesAgo(1) }));
    const retired = thing('database', 'template', stamp(null, { expires_at: minutesAgo(HOUR) }), 'odoo_ops_acme_templates_1a2b3c4d_old');
    const later = thing('image', 'requirements', stamp(null, { expires_at: new Date(NOW.getTime() + 1).toISOString() }));
    assert.deepEqual(idsOf(sweep([...expired, retired, later, ...SHARED], open(6))), ids([...expired, retired]));
  });

  it('keeps images of commits that an environment has or an open pull request is at, and takes all others', () => {
    const image = (letter: string) =>
      thing('image', 'code', stamp(null, { commit: SHA(letter), created_at: minutesAgo(1) }), `code:${letter}`);
    const [used, head, closed, nobody] = [image('b'), image('c'), image('d'), image('f')] as [Thing, Thing, Thing, Thing];
    const things = [
      ...environment(stamp(1, { commit: SHA('b') })),
      ...environment(stamp(2, { commit: SHA('d') })),
      used,
      head,
      closed,
      nobody,
    ];
    const facts = {
      openPullRequests: [
        { number: 1, head: SHA('b') },
        { number: 9, head: SHA('c') },
      ],
    };
    const taken = idsOf(sweep(things, facts));
    assert.deepEqual(
      [used, head, closed, nobody].map(({ id }) => taken.includes(id)),
      [false, false, true, true],
    );
    // A build may be about to run in one of them.
    assert.equal(sweep([nobody, ...environment(stamp(1))], { ...open(1), buildingNow: new Set([1]) }).length, 0);
  });

  it('keeps the newest template of fresh databases, on each side', () => {
    const fresh = (kind: ThingKind, name: string, age: number) =>
      thing(kind, 'template', stamp(null, { created_at: minutesAgo(age) }), name);
    const newest = [
      fresh('database', 'odoo_ops_acme_tpl_fresh_bbbbbbbbbbbb', 5),
      fresh('volume', 'odoo-ops-acme-template-fresh-bbbbbbbbbbbb', 5),
    ];
    const older = [fresh('database', 'odoo_ops_acme_tpl_fresh_aaaaaaaaaaaa', 90), fresh('folder', 'fresh-aaaaaaaaaaaa', 90)];
    const found = idsOf(sweep([...newest, ...older, fresh('folder', 'fresh-bbbbbbbbbbbb', 5), ...SHARED]));
    assert.deepEqual(found, ids(older));
  });

  it('takes a job for a template that nobody can be waiting for any more', () => {
    const job = (hours: number) => thing('container', 'job', stamp(null, { created_at: minutesAgo(hours * HOUR) }));
    assert.deepEqual([sweep([job(1)]).length, sweep([job(7)]).length], [0, 1]);
  });

  it('never touches another project', () => {
    assert.deepEqual(sweep(environment(stamp(3, { project: 'acme-two', expires_at: minutesAgo(9) }))), []);
  });
});

const numbers = fc.integer({ min: 1, max: 4 });
const stamps = fc.record({
  number: fc.oneof(numbers, fc.constant(null)),
  attempt: fc.constantFrom('a', 'b'),
  project: fc.constantFrom('acme', 'other'),
  age: fc.integer({ min: 0, max: 2000 }),
  expires: fc.oneof(fc.constant(null), fc.integer({ min: -1000, max: 1000 })),
  commit: fc.constantFrom('a', 'b', 'c'),
});
const things = fc
  .array(fc.tuple(stamps, fc.constantFrom(...PARTS_OF_ONE, ['container', 'job'] as const, ['image', 'code'] as const)), { maxLength: 40 })
  .map((all) =>
    all.map(([{ number, attempt, project, age, expires, commit }, [kind, part]], index) =>
      thing(
        kind,
        part,
        {
          ...stamp(number, { project, commit: SHA(commit), created_at: minutesAgo(age) }),
          attempt: number === null ? null : attempt,
          expires_at: expires === null ? null : minutesAgo(-expires),
        },
        String(index),
      ),
    ),
  );

describe('every sweep', () => {
  it('leaves nothing of a closed pull request, and nothing of an open one that its Odoo uses is taken', () => {
    fc.assert(
      fc.property(things, fc.uniqueArray(numbers), fc.uniqueArray(numbers), (all, opened, building) => {
        const taken = new Set(sweep(all, { ...open(...opened), buildingNow: new Set(building) }).map((verdict) => verdict.thing));
        for (const one of all) {
          const { project, number, attempt } = one.stamp;
          if (project !== 'acme') assert.ok(!taken.has(one));
          if (project !== 'acme' || number === null) continue;
          if (building.includes(number)) assert.ok(!taken.has(one));
          else if (!opened.includes(number)) assert.ok(taken.has(one));
          else {
            const odoos = all.filter(({ part, stamp: { project: its, number: of } }) => its === 'acme' && part === 'odoo' && of === number);
            const isCurrent = odoos.length > 0 && odoos.every((odoo) => odoo.stamp.attempt === attempt);
            const isAlive = [one, ...odoos].every(
              ({ stamp: { expires_at: until } }) => until === null || Date.parse(until) >= NOW.getTime(),
            );
            if (isCurrent && isAlive && one.part !== 'job') assert.ok(!taken.has(one));
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('lists each thing once, in an order in which it can go', () => {
    fc.assert(
      fc.property(things, fc.uniqueArray(numbers), (all, opened) => {
        const found = sweep(all, open(...opened)).map((verdict) => verdict.thing);
        assert.equal(new Set(found).size, found.length);
        const order = found.map(({ kind }) => THING_KINDS.indexOf(kind));
        assert.deepEqual(
          order,
          [...order].sort((a, b) => a - b),
        );
      }),
    );
  });

  it('finds nothing more once what it found is gone', () => {
    fc.assert(
      fc.property(things, fc.uniqueArray(numbers), (all, opened) => {
        const gone = new Set(sweep(all, open(...opened)).map((verdict) => verdict.thing));
        assert.deepEqual(
          sweep(
            all.filter((one) => !gone.has(one)),
            open(...opened),
          ),
          [],
        );
      }),
      { numRuns: 2000 },
    );
  });
});
