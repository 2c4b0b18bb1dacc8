import {
  Add,
  Arg,
  Cmd,
  Copy,
  DockerfileParser,
  Entrypoint,
  Env,
  From,
  Workdir,
  type Dockerfile,
  type Instruction,
  type JSONInstruction,
} from 'dockerfile-ast';
import type { Container, FileFacts, Mount, Pin, Reader, Variable, Word } from '../../../core/policy/facts.ts';
import { addonsPathsOf, mayNameAddonsPath } from './addons-paths.ts';
import { copiedFolders } from './dockerfile-copies.ts';
import { imagePin } from './images.ts';
import { interpolate } from './interpolate.ts';
import { lineIndex, type LineIndex } from '../lines.ts';
import { folderOf, isForeign } from './paths.ts';
import { wordsOf, wordsOfList, type Placed } from './words.ts';

type Range = Word['range'];
interface Place {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

/** Theirs count from 0. */
const rangeOf = ({ start, end }: Place): Range => ({
  start: { line: start.line + 1, column: start.character + 1 },
  end: { line: end.line + 1, column: end.character + 1 },
});

interface Build {
  text: string;
  at: LineIndex;
  offset: (place: Place['start']) => number;
  /** Of ARG and ENV so far. */
  known: Map<string, string>;
}

const filled = ({ known }: Build, text: string) => interpolate(text, (name) => known.get(name), false);

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2');

/** The arguments of an instruction as they stand; comments between its lines are blank, so that every offset holds. */
function argumentsOf({ text, at, offset }: Build, instruction: Instruction): Placed | null {
  const place = instruction.getArgumentsRange();
  if (!place) return null;
  const [from, to] = [offset(place.start), offset(place.end)];
  const value = text.slice(from, to).replace(/(?<=\n)[ \t]*#[^\n]*\n/g, (comment) => ' '.repeat(comment.length));
  return { value, range: at.range(from, to), part: (a, b) => at.range(from + a, from + b) };
}

function jsonStrings({ text, at, offset }: Build, instruction: JSONInstruction): Placed[] {
  return instruction.getJSONStrings().map((part) => {
    const { start, end } = part.getRange();
    const [from, to] = [offset(start) + 1, offset(end) - 1];
    const raw = text.slice(from, to);
    const value = raw.replace(/\\(["\\/])/g, '$1');
    const whole = at.range(from, to);
    return { value, range: whole, part: (a, b) => (raw === value ? at.range(from + a, from + b) : whole) };
  });
}

/** Both forms: `["odoo", "-c"]`, and a line for a shell. */
function commandOf(build: Build, instruction: JSONInstruction): Word[] {
  const lookup = (name: string): string | undefined => build.known.get(name);
  const list = jsonStrings(build, instruction);
  // Nobody fills variables into a list.
  if (list.length > 0) return wordsOfList(list).map(({ value, range }) => ({ value, range }));
  const line = argumentsOf(build, instruction);
  return line ? wordsOf(line, true, { lookup }) : [];
}

function variablesOf(build: Build, instruction: Env | Arg): Variable[] {
  return instruction.getProperties().map((property) => {
    const { value, isKnown, from } = filled(build, property.getValue() ?? '');
    const place = property.getValueRange();
    const range = rangeOf(place ?? property.getNameRange());
    const quote = place && property.getUnescapedValue() !== null && /^["']/.test(build.text.slice(build.offset(place.start))) ? 1 : 0;
    return {
      name: property.getName(),
      value: isKnown ? value : null,
      from,
      range: {
        start: { ...range.start, column: range.start.column + quote },
        end: { ...range.end, column: range.end.column - quote },
      },
    };
  });
}

interface Stage extends Pick<Container, 'name' | 'range' | 'image' | 'environment' | 'mounts' | 'working_folder'> {
  entrypoint: Word[];
  command: Word[];
}

function stageOf(build: Build, from: From, stages: ReadonlyMap<string, Stage>, path: string): { stage: Stage; pins: Pin[] } {
  const image = from.getImage() ?? '';
  const parent = stages.get(image.toLowerCase());
  const place = from.getImageRange();
  const range = rangeOf(place ?? from.getInstructionRange());
  const word = { value: filled(build, image).value, range };
  const stage: Stage = {
    name: from.getBuildStage() ?? path,
    range: rangeOf(from.getInstructionRange()),
    image: parent ? parent.image : word,
    environment: [...(parent?.environment ?? [])],
    mounts: [...(parent?.mounts ?? [])],
    working_folder: parent?.working_folder ?? null,
    entrypoint: parent?.entrypoint ?? [],
    command: parent?.command ?? [],
  };
  return { stage, pins: parent ? [] : imagePin(word) };
}

function apply(build: Build, stage: Stage, instruction: Instruction, folder: string): void {
  if (instruction instanceof Env) {
    const variables = variablesOf(build, instruction);
    for (const { name, value } of variables) if (value !== null) build.known.set(name, value);
    stage.environment = [...stage.environment.filter(({ name }) => !variables.some((other) => other.name === name)), ...variables];
  } else if (instruction instanceof Workdir) {
    const path = filled(build, unquoted(instruction.getPath() ?? '')).value;
    const whole = path.startsWith('/') ? path : `${stage.working_folder ?? ''}/${path}`;
    stage.working_folder = whole.includes('$') ? null : whole;
  } else if (instruction instanceof Cmd) stage.command = commandOf(build, instruction);
  else if (instruction instanceof Entrypoint) {
    stage.entrypoint = commandOf(build, instruction);
    stage.command = [];
  } else if (
    instruction instanceof Add ||
    (instruction instanceof Copy && !instruction.getFlags().some((flag) => flag.getName() === 'from'))
  ) {
    const list = jsonStrings(build, instruction);
    const words = (
      list.length > 0 ? list.map(({ value }) => value) : instruction.getArguments().map((argument) => argument.getValue())
    ).map((value) => filled(build, unquoted(value)).value);
    const mounts: Mount[] = copiedFolders(words, stage.working_folder, folder);
    stage.mounts = [...mounts, ...stage.mounts.filter(({ target }) => !mounts.some((mount) => mount.target === target))];
  }
}

function read(path: string, text: string): FileFacts {
  const at = lineIndex(text);
  let parsed: Dockerfile;
  try {
    parsed = DockerfileParser.parse(text);
  } catch (error) {
    return {
      unreadable: [{ message: `This Dockerfile is not read: ${error instanceof Error ? error.message : ''}`, range: at.range(0, 0) }],
    };
  }
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const build: Build = { text, at, offset: ({ line, character }) => (starts[line] ?? text.length) + character, known: new Map() };
  const stages = new Map<string, Stage>();
  const pins: Pin[] = [];
  const addonsPaths = [];
  let stage: Stage | undefined;
  for (const instruction of parsed.getInstructions()) {
    if (instruction instanceof From) {
      const next = stageOf(build, instruction, stages, path);
      stage = next.stage;
      pins.push(...next.pins);
      stages.set(stage.name.toLowerCase(), stage);
    } else if (instruction instanceof Arg) {
      for (const { name, value } of variablesOf(build, instruction)) if (value !== null && value !== '') build.known.set(name, value);
    } else if (stage) apply(build, stage, instruction, folderOf(path));
    const script = instruction.getKeyword() === 'RUN' && mayNameAddonsPath(text) ? argumentsOf(build, instruction) : null;
    if (script) addonsPaths.push(...addonsPathsOf(wordsOf(script, true)));
  }
  const containers = [...stages.values()].map(({ entrypoint, command, ...rest }): Container => ({
    kind: 'dockerfile',
    ...rest,
    build: null,
    words: [...entrypoint, ...command],
    env_files: [],
    networks: [],
    extends: null,
  }));
  return { containers, pins, addons_paths: addonsPaths };
}

/** Dockerfiles: a container for each stage, the one that is built last. */
export const dockerfileReader: Reader = {
  name: 'dockerfile',
  version: 2,
  reads: (path) =>
    /(?:^|\/)(?:(?:Dockerfile|Containerfile)(?:[._-][^/]*)?|[^/]+\.(?:Dockerfile|dockerfile))$/.test(path) && !isForeign(path),
  mayTell: (text) => /^[ \t]*FROM[ \t]/im.test(text),
  read,
};
