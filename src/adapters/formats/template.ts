/** `{% if x %}`, `{# note #}`; of Go `{{ if x }}`, `{{- end }}`; of Ruby `<% if x %>`: they steer, and are no text themselves. */
const CONTROL =
  /\{%[\s\S]{0,2000}?%\}|\{#[\s\S]{0,2000}?#\}|\{\{-?\s*(?:if|else|end|range|with|define|template|block|include|\/\*|\$\w+\s*:?=)(?:[^\w][\s\S]{0,2000}?)?\}\}|<%[^=][\s\S]{0,2000}?%>/g;
/** A line that something else fills in, whatever it will be. */
const FILLED_LINE = /^[ \t]*(?:\{\{.*\}\}|\$\{?\w+\}?|@\w+@|<%=.*%>)[ \t]*$/gm;

/**
 * A template with what only steers it as blanks: what is left stands where it stood.
 * @returns null where the text is no template
 */
export function withoutControl(text: string): string | null {
  if (!/\{[%#{]|<%|[$@]/.test(text)) return null;
  const blank = (words: string): string => words.replace(/[^\r\n]/g, ' ');
  const plain = text.replace(CONTROL, blank).replace(FILLED_LINE, blank);
  return plain === text ? null : plain;
}
