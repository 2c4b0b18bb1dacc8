/**
 * A template of Jinja with what only steers it as blanks: `{% if … %}` and `{# … #}`. What is left stands where it stood.
 * @returns null where the text holds none
 */
export function withoutControl(text: string): string | null {
  if (!/\{[%#]/.test(text)) return null;
  return text.replace(/\{%[\s\S]*?%\}|\{#[\s\S]*?#\}/g, (control) => control.replace(/[^\r\n]/g, ' '));
}
