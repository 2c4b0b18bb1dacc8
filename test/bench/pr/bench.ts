import { reporter } from '../measure.ts';
import { benchImage } from './image.ts';
import { benchUp } from './up.ts';

/**
 * `npm run bench:pr`: needs a Docker engine. `TEST_ODOO_IMAGE` names an image with a real Odoo 19 (in /opt/odoo), `SIZES` the megabytes of
 * staging's template: `70,2048`, `MANY` how many run on one host.
 */
const report = reporter('pr');
const sizes = (process.env['SIZES'] ?? '70').split(',').map(Number);
if (process.env['ONLY'] !== 'image') await benchUp(report, sizes);
if (process.env['ONLY'] !== 'up') await benchImage(report);
process.exit(0);
