import { makeStagingTemplate } from '../../src/adapters/postgres/environments/template.ts';
import { templateStamp } from './pr-database.ts';

/** A process of its own that makes a template, to be killed. */
const { TARGET: url = '', SOURCE: source = '' } = process.env;
await makeStagingTemplate(
  { url, timeout: 10_000 },
  { source, stamp: templateStamp(), report: () => undefined },
  new AbortController().signal,
);
