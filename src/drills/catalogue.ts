import { createHash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { DrillDefinition } from './definition.ts';
import { DEFINITION_BYTES_MAX, type DefinitionFile, readDefinition } from './definition-file.ts';
import { type GivenParameters, requireParameters } from './parameter-value.ts';

/** Definitions that one directory may hold. */
const DEFINITIONS_MAX = 500;

/** A definition without problems. */
export type SoundDefinition = DefinitionFile & { readonly definition: DrillDefinition };

/**
 * The definitions of one directory as they were last read. Requests look at this copy, because no file is read inside a
 * transaction; whoever carries out a run reads the directory again first.
 */
export interface DrillCatalogue {
  /** Where they lie; their scripts lie below it. */
  readonly directory: string;
  /** Reads every `NAME.yaml` again and answers them by name. */
  refresh(): Promise<readonly DefinitionFile[]>;
  /** As last read. */
  current(): readonly DefinitionFile[];
}

/**
 * Reads the definitions of a directory.
 * @throws AppError `unavailable` `drills-unreadable` when the directory cannot be read.
 */
export async function openCatalogue(directory: string): Promise<DrillCatalogue> {
  let files: readonly DefinitionFile[] = await readAll(directory);
  return {
    directory,
    async refresh() {
      files = await readAll(directory);
      return files;
    },
    current: () => files,
  };
}

/**
 * The definition of that name.
 * @throws AppError `not-found` `unknown-drill`; `unprocessable` `bad-definition` naming line and column of each problem.
 */
export function soundDefinition(files: readonly DefinitionFile[], name: string): SoundDefinition {
  const file = files.find((candidate) => candidate.name === name);
  if (!file) throw new AppError('not-found', 'unknown-drill', `There is no drill named ${name}`);
  if (!file.definition) {
    const [first] = file.problems;
    throw new AppError(
      'unprocessable',
      'bad-definition',
      `drills/${name}.yaml cannot be run: line ${first?.line}, column ${first?.column}: ${first?.message}`,
      {
        fields: file.problems.map((problem) => ({
          field: `drills/${name}.yaml:${problem.line}:${problem.column}`,
          message: problem.message,
        })),
      },
    );
  }
  return { ...file, definition: file.definition };
}

/**
 * The definition with values in the place of its parameters.
 * @throws AppError `invalid` `bad-parameters`; `unprocessable` `bad-definition` when a place does not take its value.
 */
export function withParameters(file: SoundDefinition, given: GivenParameters): SoundDefinition {
  if (Object.keys(given).length === 0) return file;
  requireParameters(file.definition.parameters ?? {}, given);
  return soundDefinition([readDefinition(file.name, Buffer.from(file.text), given)], file.name);
}

async function readAll(directory: string): Promise<DefinitionFile[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (thrown) {
    throw new AppError('unavailable', 'drills-unreadable', `The drills cannot be read: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  const files = names.filter((name) => /^[^.].*\.yaml$/.test(name)).sort();
  if (files.length > DEFINITIONS_MAX) {
    throw new AppError('too-large', 'too-many-drills', `${directory} holds more than ${DEFINITIONS_MAX} definitions`);
  }
  return Promise.all(files.map((file) => readOne(join(directory, file))));
}

async function readOne(path: string): Promise<DefinitionFile> {
  const name = basename(path, '.yaml');
  try {
    return readDefinition(name, await readAtMost(path, DEFINITION_BYTES_MAX + 1));
  } catch (thrown) {
    const problem = { line: 1, column: 1, path: '', message: `cannot be read: ${messageOf(thrown)}` };
    const sha256 = createHash('sha256').update('').digest('hex');
    return { name, text: '', sha256, definition: undefined, problems: [problem] };
  }
}

async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(maxBytes);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, maxBytes - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === maxBytes) return buffer.subarray(0, length);
    }
  } finally {
    await handle.close();
  }
}
