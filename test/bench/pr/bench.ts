import { reporter } from '../measure.ts';
import { benchImage } from './image.ts';
import { benchMany } from './many.ts';
import { benchUp } from './up.ts';

/**
 * `npm run bench:pr`: needs a Docker engine. `TEST_ODOO_IMAGE` names an image with a real Odoo 19 (in /opt/odoo), `SIZES` the megabytes of
 * staging's template, `MANY` how many run on one host, `ONLY` one of the parts: up, many, image.
 */
const report = reporter('pr');
const { SIZES = '70,2048', MANY = '10', ONLY } = process.env;
const parts = {
  image: () => benchImage(report),
  up: () => benchUp(report, SIZES.split(',').map(Number)),
  many: () => benchMany(report, Number(MANY)),
};
for (const [name, run] of Object.entries(parts)) if (ONLY === undefined || ONLY === name) await run();
process.exit(0);
