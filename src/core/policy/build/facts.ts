import type { Word } from '../facts.ts';

/** Another file that a file needs: `-r base.txt`, `COPY config/odoo.conf /etc/`. */
export interface NeededFile extends Word {
  /** `include` stands from the root of the repository; what is copied, from the folder that an image is built in. */
  by: 'include' | 'copy';
}
