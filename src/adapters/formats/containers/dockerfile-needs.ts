import { DockerfileParser, JSONInstruction, type JSONArgument } from 'dockerfile-ast';
import type { NeededFile } from '../../../core/policy/build/facts.ts';
import type { Reader } from '../../../core/policy/facts.ts';

/** Files that an image is built from: what `COPY` and `ADD` name of the folder that it is built in. */
export const dockerfileNeedsReader: Reader = {
  name: 'dockerfile-needs',
  version: 1,
  reads: (path) => /(?:^|\/)(?:[^/]*\.)?(?:Dockerfile|Containerfile)(?:\.[^/]*)?$/i.test(path),
  mayTell: (text) => /^\s*(?:COPY|ADD)\s/im.test(text),
  read: (_path, text) => {
    const lines = text.split('\n');
    const needed: NeededFile[] = [];
    for (const instruction of DockerfileParser.parse(text).getInstructions()) {
      if (!(instruction instanceof JSONInstruction) || !/^(?:COPY|ADD)$/i.test(instruction.getKeyword())) continue;
      const isOfStage = instruction.getFlags().some((flag) => flag.getName() === 'from');
      const listed = instruction.getJSONStrings();
      // The library leaves out blanks of a name in quotes.
      const textOf = ({ start, end }: ReturnType<JSONArgument['getRange']>): string =>
        lines[start.line]?.slice(start.character + 1, end.character - 1) ?? '';
      const words =
        listed.length > 0
          ? listed.map((word) => ({ word: textOf(word.getRange()), range: word.getRange() }))
          : instruction.getArguments().map((word) => ({ word: word.getValue(), range: word.getRange() }));
      // What another stage made, texts that stand in the file itself, and what somebody took for a shell.
      if (isOfStage || words.some(({ word }) => /^(?:<<|\|\|$|\d?>)/.test(word))) continue;
      for (const { word, range } of words.slice(0, -1)) {
        const value = word.replace(/^\.?\/+/, '').replace(/\/$/, '');
        if (value === '' || value === '.' || /[$<>[?|]|^https?:|^git@|^\.\.\//.test(value)) continue;
        const { start, end } = range;
        needed.push({
          ...{ value, by: 'copy' },
          range: {
            start: { line: start.line + 1, column: start.character + 1 },
            end: { line: end.line + 1, column: end.character + 1 },
          },
        });
      }
    }
    return { needed_files: needed };
  },
};
