import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';

/** Where the effect of an edit is looked for. */
export type Side = 'backend' | 'website';
export type Kind = 'scss' | 'js';

/** Who brings the change into the page: the page by itself, or the measuring script, which presses reload right after saving. */
export type Refresh = 'live' | 'pressed';

export const PROBE = 'ops_probe';
const PATHS: Record<Side, string> = { backend: '/odoo', website: '/' };
const BUNDLES: Record<Side, string> = { backend: 'web.assets_backend', website: 'web.assets_frontend' };

const MANIFEST = `{
    "name": "Ops probe",
    "version": "19.0.1.0.0",
    "author": "Odoo Ops",
    "license": "LGPL-3",
    "depends": ["web", "website"],
    "assets": {
        "${BUNDLES.backend}": ["${PROBE}/static/src/backend/*"],
        "${BUNDLES.website}": ["${PROBE}/static/src/website/*"],
    },
}
`;

/** It uses a variable and a mixin of the bundle, as real style sheets do. */
const scss = (mark: number) => `.o_ops_probe {
    outline: 1px solid $primary;
    @include media-breakpoint-up(xs) {
        outline-offset: ${mark}px;
    }
}
`;

const js: Record<Side, (mark: number) => string> = {
  backend: (mark) => `import { Component, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";

class OpsProbe extends Component {
    static template = xml\`<div class="o_ops_probe" data-mark="${mark}">${mark}</div>\`;
    static props = {};
}
registry.category("systray").add("ops_probe", { Component: OpsProbe }, { sequence: 1 });
`,
  website: (mark) => `import { registry } from "@web/core/registry";

registry.category("ops_probe").add("mark", ${mark});
const element = document.createElement("div");
element.className = "o_ops_probe";
element.dataset.mark = element.textContent = "${mark}";
document.body.prepend(element);
`,
};

/** The file of the probe addon that an edit of this kind changes. */
export function probeFile(addons: string, side: Side, kind: Kind): string {
  return join(addons, PROBE, 'static/src', side, `probe.${kind}`);
}

function save(file: string, text: string) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Writes the addon whose files are edited. It is to be installed before the first measurement. */
export function writeProbe(addons: string) {
  save(join(addons, PROBE, '__manifest__.py'), MANIFEST);
  save(join(addons, PROBE, '__init__.py'), '');
  for (const side of ['backend', 'website'] as const) {
    save(probeFile(addons, side, 'scss'), scss(0));
    save(probeFile(addons, side, 'js'), js[side](0));
  }
}

/** Runs in every page, as text because a bundler's helpers are not there. Reports the first frame painted with each state. */
const REPORT_PAINTED = `(() => {
  let last = '';
  const look = () => {
    const probe = document.querySelector('.o_ops_probe');
    const state = probe === null ? '' : probe.dataset.mark + ' ' + getComputedStyle(probe).outlineOffset;
    if (probe !== null && state !== last) {
      last = state;
      // The frame is painted after the callbacks of requestAnimationFrame, and before a task that one of them posts.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.opsPainted(state, Date.now());
      port2.postMessage(undefined);
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();`;

const LOG_IN = `(() => {
  const form = document.querySelector('.oe_login_form');
  form.elements.login.value = form.elements.password.value = 'admin';
  form.submit();
})();`;

export interface Watched {
  page: Page;
  side: Side;
  /** The state that was painted last, and when. */
  painted: { state: string; at: number };
}

/** A page of one side, with the administrator logged in, and its probe on screen. */
export async function openProbe(browser: Browser, baseUrl: string, side: Side, debugAssets = false): Promise<Watched> {
  const page = await browser.newPage();
  const watched: Watched = { page, side, painted: { state: '', at: 0 } };
  await page.exposeFunction('opsPainted', (state: string, at: number) => {
    watched.painted = { state, at };
  });
  await page.addInitScript(REPORT_PAINTED);
  await page.goto(`${baseUrl}/web/login`);
  await page.evaluate(LOG_IN); // the form may be hidden behind a choice of users
  await page.waitForURL(/\/(odoo|web)(?!\/login)/, { timeout: 120_000 });
  await page.goto(baseUrl + PATHS[side] + (debugAssets ? '?debug=assets' : ''));
  await page.locator('.o_ops_probe').waitFor({ state: 'attached', timeout: 120_000 });
  await page.waitForTimeout(2000); // lazy bundles, code caches and the event stream
  return watched;
}

/** Saves one edit, and gives the milliseconds until the page was painted with it. */
export async function measureEdit(watched: Watched, addons: string, kind: Kind, mark: number, refresh: Refresh): Promise<number> {
  const { page, side } = watched;
  const expected = (state: string) => (kind === 'js' ? state.startsWith(`${mark} `) : state.endsWith(` ${mark}px`));
  const saved = Date.now();
  save(probeFile(addons, side, kind), kind === 'js' ? js[side](mark) : scss(mark));
  if (refresh === 'pressed') await page.reload({ waitUntil: 'commit', timeout: 120_000 });
  while (!expected(watched.painted.state)) {
    if (Date.now() - saved > 60_000) throw new Error(`The ${kind} edit of the ${side} was not painted in a minute.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return watched.painted.at - saved;
}
