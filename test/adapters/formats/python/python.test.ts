import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { pythonFacts, pythonReader } from '../../../../src/adapters/formats/python/python.ts';
import type { FileFacts } from '../../../../src/core/policy/facts.ts';

/** Each state as `NAME kind: function, function`. */
const states = (text: string): string[] =>
  (pythonFacts(text).process_states ?? []).map(
    ({ name, kind, lazy, changes }) => `${name} ${lazy ? 'lazy ' : ''}${kind}: ${changes.map((change) => change.function).join(', ')}`,
  );
const none = (text: string): void => assert.deepEqual(states(text), []);
const isEmpty = (facts: FileFacts): boolean =>
  Object.entries(facts).every(([kind, found]) => kind === 'unreadable' || (found as unknown[]).length === 0);

describe('state that Python keeps in a worker', () => {
  it('finds containers of a module whose content functions change, in every way to change one', () => {
    const changes = [
      'BOX[key] = 1',
      'BOX[key]["deep"] = 1',
      'BOX[key] += 1',
      'del BOX[key]',
      'BOX.append(key)',
      'BOX.setdefault(key, []).append(1)',
      'a, BOX[key] = 1, 2',
      'list(map(lambda each: BOX.add(each), key))',
    ];
    const boxes = [
      '[]',
      '{}',
      '{1, 2}',
      '[x for x in y]',
      '{k: v for k, v in y}',
      'dict()',
      'collections.defaultdict(list)',
      'LRU(8)',
      'TTLCache(1, 2)',
    ];
    for (const change of changes) {
      for (const box of boxes)
        assert.match(states(`BOX = ${box}\n\ndef keep(key):\n    ${change}\n`).join(), /^BOX container: keep/, `${box} ${change}`);
    }
    assert.deepEqual(states('BOX: dict[str, int] = {}\nclass A:\n    def keep(self):\n        BOX["a"] = 1\n'), ['BOX container: A.keep']);
    assert.deepEqual(states('try:\n    BOX = {}\nexcept Exception:\n    pass\nasync def keep():\n    BOX.clear()\n'), [
      'BOX container: keep',
    ]);
  });

  it('leaves tables alone that only their module fills, and what is only read', () => {
    none(
      'TABLE = {}\nTABLE["a"] = 1\nfor key in "bc":\n    TABLE[key] = 2\ndef read(key):\n    return TABLE[key], TABLE.get(key), len(TABLE)\n',
    );
    none('TABLE = []\nif TABLE == []:\n    TABLE.append(1)\nclass A:\n    TABLE.append(2)\n');
  });

  it('knows local names, parameters and those of inner functions from the ones of the module', () => {
    const bodies = [
      'def f():\n    BOX = {}\n    BOX["a"] = 1\n',
      'def f(BOX):\n    BOX["a"] = 1\n',
      'def f(*BOX):\n    BOX.append(1)\n',
      'def f(a, b=1, *, BOX=None):\n    BOX["a"] = 1\n',
      'def f():\n    for a, (BOX, c) in []:\n        BOX.append(1)\n',
      'def f():\n    with open("x") as BOX:\n        BOX.clear()\n',
      'def f():\n    BOX = []\n    def g():\n        BOX.append(1)\n    return g\n',
      'def f():\n    BOX = []\n    def g():\n        nonlocal BOX\n        BOX.append(1)\n    return g\n',
      'def f():\n    return [BOX.pop() for BOX in []]\n',
      'f = lambda BOX: BOX.append(1)\n',
      'def f():\n    import BOX\n    BOX.update()\n',
      'def f():\n    if (BOX := []):\n        BOX.append(1)\n',
      'def f():\n    try:\n        pass\n    except E as BOX:\n        BOX.clear()\n',
    ];
    for (const body of bodies) none(`BOX = {}\n${body}`);
    assert.deepEqual(states('BOX = {}\ndef f():\n    global BOX\n    BOX = {}\n    BOX["a"] = 1\n'), ['BOX container: f, f']);
    assert.deepEqual(states('BOX = []\ndef f():\n    x = b"BOX"\n    def g():\n        BOX.append(1)\n    return g()\n'), [
      'BOX container: g',
    ]);
  });

  it('finds names that are bound anew by functions, and tells those that are only made when they are needed', () => {
    assert.deepEqual(states('count = 0\ndef more():\n    global count\n    count += 1\n'), ['count name: more']);
    assert.deepEqual(
      states('client = None\ndef get():\n    global client\n    if client is None:\n        client = make()\n    return client\n'),
      ['client lazy name: get'],
    );
    assert.deepEqual(
      states(
        'client = None\ndef get():\n    global client\n    if not client:\n        client = make()\ndef drop():\n    global client\n    client = None\n',
      ),
      ['client name: get, drop'],
    );
    none('runner = None\ndef _start_runner():\n    global runner\n    runner = make()\n');
  });

  it('finds containers of classes, but not those that each object gets for itself', () => {
    const of = (change: string, more = '') => states(`class Box:\n    kept = {}\n${more}    def keep(self, key):\n        ${change}\n`);
    for (const change of [
      'self.kept[key] = 1',
      'Box.kept[key] = 1',
      'self.kept.update(key)',
      'self.__class__.kept[key] = 1',
      'Box.kept = {}',
    ]) {
      assert.deepEqual(of(change), ['Box.kept container: Box.keep'], change);
    }
    assert.deepEqual(states('class Box:\n    kept = []\n    @classmethod\n    def keep(cls):\n        cls.kept.append(1)\n'), [
      'Box.kept container: Box.keep',
    ]);
    assert.deepEqual(of('self.kept[key] = 1', '    def __init__(self):\n        self.kept = {}\n'), []);
    assert.deepEqual(of('self.kept = {}'), []);
    none('class Box:\n    kept = {}\nclass Other:\n    def keep(self):\n        self.kept["a"] = 1\n');
  });

  it('leaves registries alone that are filled while the process starts', () => {
    none('HANDLERS = {}\ndef handles(name):\n    def wrap(func):\n        HANDLERS[name] = func\n        return func\n    return wrap\n');
    none('HANDLERS = []\ndef handler(cls):\n    HANDLERS.append(cls)\n    return cls\n@handler\nclass A:\n    pass\n');
    none('HANDLERS = []\ndef put(thing):\n    HANDLERS.append(thing)\nput(1)\nput(2)\n');
    none('HANDLERS = []\ndef put(thing):\n    HANDLERS.append(thing)\ndef post_init_hook(env):\n    put(env)\n');
    none('CLASSES = {}\nclass Meta(type):\n    def __init__(cls, name, bases, attrs):\n        CLASSES[name] = cls\n');
    none('CLASSES = []\nclass Base:\n    def __init_subclass__(cls):\n        CLASSES.append(cls)\n');
    none(
      'MAPS = {}\nclass A(models.Model):\n    _name = "a"\n    def _register_hook(self):\n        self._map()\n    def _map(self):\n        MAPS["a"] = 1\n        self._map()\n',
    );
    assert.deepEqual(states('BOX = []\ndef put(thing):\n    BOX.append(thing)\nput(1)\ndef serve():\n    put(2)\n'), [
      'BOX container: put',
    ]);
  });

  it('is not led astray by calls of the same name', () => {
    assert.deepEqual(states('BOX = {}\n@router.get("/a")\ndef a():\n    pass\ndef get(key):\n    BOX[key] = 1\n'), ['BOX container: get']);
    assert.deepEqual(states('BOX = {}\nclass A(models.Model):\n    def _build_prices(self):\n        BOX["a"] = 1\n'), [
      'BOX container: A._build_prices',
    ]);
    none('BOX = []\nclass Events:\n    @classmethod\n    def on(cls, thing):\n        BOX.append(thing)\n@Events.on\ndef a():\n    pass\n');
    assert.deepEqual(states('BOX = {}\ndef get(key):\n    BOX.get(key)\n    BOX[key] = 1\n'), ['BOX container: get']);
    assert.deepEqual(states('BOX = {}\nHOME = os.environ.get("HOME")\ndef get(key):\n    BOX[key] = 1\n'), ['BOX container: get']);
    assert.deepEqual(states('BOX = []\ndef more(n):\n    BOX.append(n)\n    more(n - 1)\n'), ['BOX container: more']);
  });

  it('stays where it is when the code is moved, renamed or its lines end otherwise', () => {
    const name = fc.stringMatching(/^[a-z]{3,8}x$/);
    fc.assert(
      fc.property(name, name, fc.nat(5), fc.boolean(), (local, parameter, lines, isWindows) => {
        fc.pre(local !== parameter);
        const code = `${'# a line\n'.repeat(lines)}KEPT = {}\ndef keep(${parameter}):\n    ${local} = {}\n    ${local}[${parameter}] = 1\n    KEPT[${parameter}] = ${local}\n`;
        const [state, ...more] = pythonFacts(isWindows ? code.replaceAll('\n', '\r\n') : code).process_states ?? [];
        assert.equal(more.length, 0);
        assert.deepEqual(state!.range, { start: { line: lines + 1, column: 1 }, end: { line: lines + 1, column: 5 } });
        assert.deepEqual(
          state!.changes.map(({ range }) => range.start),
          [{ line: lines + 5, column: 5 }],
        );
      }),
    );
  });
});

describe('caches and threads that Python keeps in a worker', () => {
  const caches = (text: string) =>
    (pythonFacts(text).process_caches ?? []).map(
      ({ function: name, takes, bounded }) => `${name} ${takes ?? 'plain'} ${bounded ? 'bounded' : 'unbounded'}`,
    );

  it('tells what a cache takes, and whether it has a limit', () => {
    const model = (decorator: string) =>
      `from functools import cache, lru_cache\nclass A(models.Model):\n    ${decorator}\n    def price(self, day):\n        return 1\n`;
    assert.deepEqual(caches(model('@lru_cache(maxsize=None)')), ['A.price self unbounded']);
    assert.deepEqual(caches(model('@functools.cache')), ['A.price self unbounded']);
    assert.deepEqual(caches(model('@cache')), ['A.price self unbounded']);
    assert.deepEqual(caches(model('@lru_cache')), ['A.price self bounded']);
    assert.deepEqual(caches(model('@lru_cache(64)')), ['A.price self bounded']);
    assert.deepEqual(caches(model('@tools.ormcache("day")')), []);
    assert.deepEqual(caches(model('@tools.cache')), []);
    assert.deepEqual(caches('import functools\n@functools.lru_cache(maxsize=None)\ndef rate(env, day):\n    pass\n'), [
      'rate env unbounded',
    ]);
    assert.deepEqual(caches('@functools.lru_cache\ndef parse(text, limit=cr):\n    pass\n'), ['parse plain bounded']);
    assert.deepEqual(caches('class Plain:\n    @functools.lru_cache\n    def parse(self, text):\n        pass\n'), [
      'Plain.parse plain bounded',
    ]);
  });

  it('finds threads that models and imports start and do not wait for', () => {
    const threads = (text: string) =>
      (pythonFacts(text).threads ?? []).map(({ what, function: name }) => `${what} in ${name ?? 'the module'}`);
    const model = (body: string) =>
      `from threading import Thread, Timer\nclass A(models.Model):\n    _name = "a"\n    def go(self):\n        ${body}\n`;
    assert.deepEqual(threads(model('threading.Thread(target=self.run).start()')), ['threading.Thread in A.go']);
    assert.deepEqual(threads(model('Timer(5, self.run).start()')), ['Timer in A.go']);
    assert.deepEqual(threads('pool = concurrent.futures.ThreadPoolExecutor(4)\n'), ['concurrent.futures.ThreadPoolExecutor in the module']);
    assert.deepEqual(threads(model('one = Thread(target=f); one.start(); one.join()')), []);
    assert.deepEqual(threads(model('with futures.ThreadPoolExecutor() as pool: pool.submit(f)')), []);
    assert.deepEqual(threads(model('self.env["forum"].Thread(1)')), []);
    assert.deepEqual(threads('class Runner:\n    def go(self):\n        threading.Thread(target=f).start()\n'), []);
  });
});

describe('methods of models that crons may call', () => {
  const methods = (text: string) =>
    (pythonFacts(text).model_methods ?? []).map(
      ({ models, name, sleeps, loops, calls }) =>
        `${models.join('+')}.${name} sleeps ${sleeps.length} loops ${loops.length} calls ${calls.join('+')}`,
    );
  const model = (body: string, head = '_name = "a.b"') =>
    `from time import sleep\nimport time\nclass A(models.Model):\n    ${head}\n    @api.model\n    def _run(self):\n        ${body}\n`;

  it('tells the models of a class', () => {
    const of = (head: string) => methods(model('time.sleep(9)', head)).map((line) => line.replace(/\._run.*/, ''));
    assert.deepEqual(of("_name = 'x.y'"), ['x.y']);
    assert.deepEqual(of('_inherit = "x.y"'), ['x.y']);
    assert.deepEqual(of('_inherit = ["x.y", "mail.thread"]'), ['x.y+mail.thread']);
    assert.deepEqual(of('_name = "x.y"\n    _inherit = ["mail.thread"]'), ['x.y']);
    assert.deepEqual(of('_description = "none"'), []);
  });

  it('finds sleeps of a second and more, and of a time that is computed', () => {
    for (const body of ['time.sleep(1)', 'sleep(30)', 'time.sleep(delay)', 'time.sleep(0.5 * tries)'])
      assert.match(methods(model(body)).join(), /sleeps 1/, body);
    for (const body of ['time.sleep(0.2)', 'sleep(0)', 'self.sleep(5)', 'asyncio.sleep(3)'])
      assert.deepEqual(methods(model(body)), [], body);
  });

  it('finds loops without a way out, and only those', () => {
    const loop = (body: string, head = 'while True:') => methods(model(`${head}\n            ${body}`)).join();
    for (const body of ['pass', 'for x in y: break', 'f = lambda: (yield)', 'def g(): return 1']) assert.match(loop(body), /loops 1/, body);
    for (const body of ['break', 'if done: break', 'return 1', 'raise Stop', 'yield 1', 'for x in y: return x', 'sys.exit(1)'])
      assert.doesNotMatch(loop(body), /loops 1/, body);
    assert.doesNotMatch(loop('pass', 'while self.search([]):'), /loops/);
  });

  it('tells what a method calls on its own records where the file has a method of a cron', () => {
    const text =
      'class A(models.Model):\n    _name = "a"\n    def _cron_run(self):\n        self.search([]).sudo()._send()\n        self.env["b"]._other()\n        other._third()\n';
    assert.deepEqual(methods(text), ['a._cron_run sleeps 0 loops 0 calls _send+sudo+search']);
    assert.deepEqual(methods(text.replace('_cron_run', '_run')), []);
  });
});

describe('the reader of Python', () => {
  it('reads what a server runs, and nothing else', () => {
    for (const path of ['addons/a/models/b.py', 'a/__init__.py', 'a/hooks.py']) assert.ok(pythonReader.reads(path), path);
    for (const path of [
      'a/tests/test_b.py',
      'a/__manifest__.py',
      'a/migrations/19.0.1.0/post.py',
      'setup.py',
      'a/static/x.py',
      'a/b.pyc',
    ]) {
      assert.ok(!pythonReader.reads(path), path);
    }
  });

  it('says where a file is no Python', () => {
    const of = (text: string) => (pythonFacts(text).unreadable ?? []).map(({ range }) => `${range.start.line}:${range.start.column}`);
    assert.deepEqual(of('a = 1\nb = (2\nc = 3\n'), ['3:1']);
    assert.deepEqual(of('class A:\n    x = 1 +\n    y = 2\n'), ['2:12']);
    assert.deepEqual(of('def f(:\n    pass\n'), ['1:7']);
    assert.deepEqual(of(''), []);
  });

  it('takes Python for Python that the grammar does not know', () => {
    const right = [
      'def f():\n    try:\n        yield\n    finally:\n        pass\n',
      'def f():\n    yield  # later\n    go()\n',
      'with a() as (b, c):\n    pass\n',
      'with (a() as b, c() as d,):\n    pass\n',
      'x = 1. / 3\ny = f(2.)\nz = 3.\n',
      'match a:\n    case B():\n        pass\n    case [x, *y] if y:\n        pass\n',
      'try:\n    pass\nexcept* E as e:\n    pass\n',
      'type A[T] = list[T]\nclass B[T]:\n    pass\ndef f[T: int](a: T, /, *, b) -> T: ...\n',
      "print(f\"{a!r:>{b}} {c['d']} {f'{e}'}\")\n",
      'print = 1\n',
      'x = \'a\\\r\n  "b"\'\r\n',
      '@(a.b)\ndef f(): pass\n',
      'x = {k: v for k, *v in y}\n',
      'if a:\n    pass\n    ',
      'def f():\n    pass\n\f\ndef g():\n    pass\n',
    ];
    for (const text of right) assert.deepEqual(pythonFacts(text).unreadable, [], text);
  });

  it('tells nothing of a text that its words rule out', () => {
    const piece = fc.constantFrom(
      ...[
        'BOX = {}\n',
        'BOX: dict = dict()\n',
        '    BOX = []\n',
        'class A:\n',
        'def f(self, x):\n',
        '    BOX[x] = 1\n',
        '    BOX.append(x)\n',
        '    x = BOX.get(1)\n',
      ],
      ...[
        '    global BOX\n',
        '    BOX = 2\n',
        '    self.BOX[x] = 1\n',
        '        A.BOX = {}\n',
        '    def g(self):\n',
        '        self.BOX.add(1)\n',
        '    _name = "a"\n',
        '        while True: pass\n',
      ],
      ...[
        '@functools.cache\n',
        '@lru_cache\n',
        'from functools import cache\n',
        '@cache\n',
        'import threading\n',
        'threading.Timer(1, f)\n',
        '        time.sleep(3)\n',
        '    def _cron(self):\n',
        '        self.f()\n',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = pieces.join('');
        assert.ok(pythonReader.mayTell?.(text) === true || isEmpty(pythonFacts(text)), text);
      }),
      { numRuns: 2000 },
    );
  });

  it("says of no module of Python's own library that it does not parse, and tells nothing of one that its words rule out", function () {
    this.timeout(60_000);
    let list: string[];
    try {
      const script =
        'import os,sysconfig\nd=sysconfig.get_paths()["stdlib"]\nprint("\\n".join(os.path.join(d,f) for f in sorted(os.listdir(d)) if f.endswith(".py")))';
      list = execFileSync('python3', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
    } catch {
      this.skip();
    }
    assert.ok(list.length > 50);
    for (const file of list) {
      const text = readFileSync(file, 'utf8');
      const facts = pythonFacts(text);
      assert.deepEqual(facts.unreadable, [], file);
      assert.ok(pythonReader.mayTell?.(text) === true || isEmpty(facts), file);
    }
  });
});
