import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { AppError } from '../../kernel/errors.ts';
import { createManifest } from '../../verification/manifest-create.ts';
import type { CaptureContext, CaptureOutcome } from './capture-task.ts';
import type { CaptureSourceOf } from './captured-set.ts';
import { CommandRun } from './command-run.ts';
import { encryptFile, PointFile } from './point-file.ts';

/** Nobody knows how long the output will be; pieces of this choice locate damage well up to some gigabytes. */
const OUTPUT_BYTES_ABOUT = 1_073_741_824;

const SUFFIX = { none: '', gzip: '.gz', zstd: '.zst' } as const;

type CommandSource = CaptureSourceOf<'command'>;

/**
 * Stores the standard output of a program from the directory of commands. It counts when the program ended well, wrote
 * something, and its output reads back as what it claims to be, and what the set expects; only then is it encrypted. Whatever
 * happens, the program does not outlive the capture.
 *
 * @throws AppError `unprocessable` `no-command-directory`, `no-such-command`, `command-failed`, `command-wrote-nothing`;
 *   `timeout` `command-timed-out`; what is wrong with the output as `createManifest` says it.
 */
export async function writeCommand(
  source: CommandSource,
  context: CaptureContext,
  commandDirectory: string | undefined,
): Promise<CaptureOutcome> {
  const { directory, recipients } = context;
  const path = await pathOfCommand(source, commandDirectory);
  const name = `${source.fileName}${SUFFIX[source.packing]}`;
  // What the program reads is from then or later: no younger data is promised than there is.
  const takenAt = Temporal.Now.instant().toString({ smallestUnit: 'millisecond' });
  const facts = await storeOutput(source, context, { path, name });
  const expectedFormat = source.expectedFormat ?? undefined;
  const toName = { path: name, expectedFormat: expectedFormat && `${expectedFormat}${SUFFIX[source.packing]}` };
  const { files } = await createManifest(directory, [toName], { createdAt: takenAt });
  const stored = recipients.length === 0 ? files : [await encryptFile(directory, name, recipients)];
  return { files: stored, takenAt, facts };
}

async function pathOfCommand({ program }: CommandSource, directory: string | undefined): Promise<string> {
  const refuse = (code: string, message: string) => new AppError('unprocessable', code, message);
  if (directory === undefined) {
    const message = `${program} is not run: this worker has no directory of commands (MUSTER_COMMAND_DIR)`;
    throw refuse('no-command-directory', message);
  }
  const path = join(directory, program);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw refuse('no-such-command', `There is no command ${path}`);
  await access(path, constants.X_OK).catch(() => {
    throw refuse('no-such-command', `${path} cannot be executed`);
  });
  return path;
}

/** Runs the program and stores what it writes; answers what is known of the run. */
async function storeOutput(
  source: CommandSource,
  { directory, onProgress, onGroup, pace }: CaptureContext,
  { path, name }: { readonly path: string; readonly name: string },
): Promise<CaptureOutcome['facts']> {
  const { packing, program } = source;
  // Plain: it is read back first, and encrypted afterwards.
  const options = { directory, name, packing, recipients: [] };
  await using file = new PointFile({ ...options, sizeBytesAbout: OUTPUT_BYTES_ABOUT });
  using run = await CommandRun.start(path, source, onGroup);
  let outputBytes = 0;
  for await (const bytes of run.output()) {
    outputBytes += bytes.length;
    await pace?.take(bytes.length);
    await file.write(bytes);
    onProgress(outputBytes, 0);
  }
  await run.requireSuccess();
  if (outputBytes === 0) {
    const message = `${program} ended well, but wrote nothing: that is no backup${run.lastWords}`;
    throw new AppError('unprocessable', 'command-wrote-nothing', message);
  }
  await file.finish();
  return { outputBytes, standardError: run.standardError, keeping: run.keeping };
}
