/** An option in a section; offsets into the text. */
export interface IniOption {
  section: string;
  name: string;
  /** Lines of a continued value are joined by line feeds. */
  value: string;
  /** The value, or the name where it is empty. */
  start: number;
  end: number;
}

export interface IniSection {
  name: string;
  start: number;
  end: number;
}

/** What Python would refuse the whole file for. */
export interface IniProblem {
  message: string;
  start: number;
  end: number;
}

export interface Ini {
  sections: IniSection[];
  options: IniOption[];
  problems: IniProblem[];
}

interface Line {
  /** Without the spaces around it. */
  text: string;
  start: number;
  indent: number;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let offset = 0;
  for (const line of text.split(/(?<=\n|\r(?!\n))/)) {
    const indent = line.search(/\S/);
    lines.push({ text: line.trim(), start: offset + Math.max(indent, 0), indent: Math.max(indent, 0) });
    offset += line.length;
  }
  return lines;
}

/**
 * A file as Python's RawConfigParser reads it, which is what Odoo does: `=` or `:`, comments at the start of a line only, no
 * interpolation, names in lower case, a deeper indented line goes on with the value before it. A problem stops nothing here, so that
 * what is sound can still be looked at; of an option that is there twice the first counts.
 */
export function parseIni(text: string): Ini {
  const ini: Ini = { sections: [], options: [], problems: [] };
  let section: string | undefined;
  let current: { option: IniOption; lines: string[] } | undefined;
  let level = 0;
  const seen = new Set<string>();
  const settle = (): void => {
    if (current) current.option.value = current.lines.join('\n').trimEnd();
    current = undefined;
  };
  for (const { text: line, start, indent } of linesOf(text)) {
    const end = start + line.length;
    const problem = (message: string): void => void ini.problems.push({ message, start, end });
    if (/^[#;]/.test(line)) continue;
    if (line === '') {
      current?.lines.push('');
      continue;
    }
    if (current && indent > level) {
      const { option, lines } = current;
      if (lines.every((before) => before === '')) option.start = start;
      option.end = end;
      lines.push(line);
      continue;
    }
    settle();
    level = indent;
    const header = /^\[(.+)\]/.exec(line)?.[1];
    if (header !== undefined) {
      if (header !== 'DEFAULT' && ini.sections.some(({ name }) => name === header)) problem(`The section [${header}] is there twice.`);
      ini.sections.push({ name: header, start, end });
      section = header;
      continue;
    }
    if (section === undefined) {
      problem('There is no section above this line, as [options].');
      continue;
    }
    const sign = line.search(/[=:]/);
    const name = line.slice(0, Math.max(sign, 0)).trimEnd();
    const value = line.slice(sign + 1).trimStart();
    if (name === '') {
      problem('This line is neither an option (`name = value`) nor a section.');
      continue;
    }
    const lower = name.toLowerCase();
    const key = JSON.stringify([section, lower]);
    const isRepeated = seen.has(key);
    seen.add(key);
    if (isRepeated) problem(`The option ${lower} is there twice.`);
    const option: IniOption =
      value === ''
        ? { section, name: lower, value, start, end: start + name.length }
        : { section, name: lower, value, start: end - value.length, end };
    if (!isRepeated) ini.options.push(option);
    current = { option, lines: [value] };
  }
  settle();
  return ini;
}

/** The options of one section with those of [DEFAULT] below them, by name. */
export function optionsOf({ options }: Ini, section: string): Map<string, IniOption> {
  const own = options.filter((option) => option.section === section);
  const defaults = options.filter((option) => option.section === 'DEFAULT');
  return new Map([...defaults, ...own].map((option) => [option.name, option]));
}
