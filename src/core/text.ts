/**
 * Words of other people (branch names, subjects, authors) in our own text: without the characters that move a terminal's cursor
 * or turn the reading direction.
 */
export const plainText = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069]/gu, ' ');

/** The same for Markdown that an editor renders: nothing in it becomes a link, a picture or HTML. */
export const markdownText = (text: string): string => plainText(text).replace(/([\\`*_<>[\]|!#])/g, '\\$1');

/** `1 commit`, `2 commits` */
export const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;

/** With a full stop, so that another sentence can follow: messages of a system often have none. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** `512 bytes`, `4.1 kB`, `3.2 MB`, for people. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return count(bytes, 'byte');
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
