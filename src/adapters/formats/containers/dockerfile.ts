import { parentOf } from '../../../core/config/paths.ts';
import { Add, Arg, Cmd, Copy, DockerfileParser, Entrypoint, Env, From, Workdir, type Dockerfile, type Instruction } from 'dockerfile-ast';
import type { Container, FileFacts, Mount, Pin, Reader, Word } from '../../../core/policy/facts.ts';
import { addonsPathsOf, mayNameAddonsPath } from './addons-paths.ts';
import { copiedFolders } from './dockerfile-copies.ts';
import { imagePin } from './images.ts';
import { lineIndex } from '../lines.ts';
import { isForeign } from './paths.ts';
import { argumentsOf, commandOf, filled, jsonStrings, rangeOf, unquoted, variablesOf, type Build } from './dockerfile-parts.ts';
import { wordsOf } from './words.ts';

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
    } else if (stage) apply(build, stage, instruction, parentOf(path));
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
