import { DockerfileParser } from 'dockerfile-ast';
import type { NeededFile } from '../../core/policy/build-facts.ts';
import type { Reader } from '../../core/policy/facts.ts';

/** Files that an image is built from: what `COPY` and `ADD` name of the folder that it is built in. */
export const dockerfileNeedsReader: Reader = {
  name: 'dockerfile-needs',
  version: 1,
  reads: (path) => /(?:^|\/)(?:[^/]*\.)?(?:Dockerfile|Containerfile)(?:\.[^/]*)?$/i.test(path),
  mayTell: (text) => /^\s*(?:COPY|ADD)\s/im.test(text),
  read: (_path, text) => {
    const needed: NeededFile[] = [];
    for (const instruction of DockerfileParser.parse(text).getInstructions()) {
      if (!/^(?:COPY|ADD)$/i.test(instruction.getKeyword())) continue;
      const words = instruction.getArguments();
      // What another stage made, and texts that stand in the file itself.
      if (words.some((word) => /^(?:--from=|<<)/.test(word.getValue()))) continue;
      for (const word of words.filter((one) => !one.getValue().startsWith('--')).slice(0, -1)) {
        const value = word
          .getValue()
          .replace(/^\[?"|"\]?,?$/g, '')
          .replace(/^\.?\/+/, '')
          .replace(/\/$/, '');
        if (value === '' || value === '.' || /[$<[?]|^https?:|^git@/.test(value)) continue;
        const { start, end } = word.getRange();
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
