import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { exportCsv } from '../imports/export.queries.ts';
import { AppError } from '../kernel/errors.ts';
import { type CommandContext, EXIT } from './command.ts';
import { kindGiven } from './import-file.ts';
import { withRuntime } from './with-runtime.ts';

/** Writes everything of a kind as CSV. */
export async function exportFile(context: CommandContext, kindName: string, out: string | undefined): Promise<number> {
  const kind = kindGiven(kindName);
  const { output } = context;
  const rows = await withRuntime(context, { writes: false }, async ({ db }) => {
    let rows = 0;
    const pieces = Readable.from(
      exportCsv(db, kind, (done) => {
        rows = done;
        if (out !== undefined) output.progress(`exporting, ${done} rows`);
      }),
    );
    if (out === undefined) {
      for await (const piece of pieces) output.raw(piece as string);
    } else {
      await pipeline(pieces, createWriteStream(out, { flags: 'wx' })).catch(outFailure(out));
    }
    return rows;
  });
  if (out !== undefined) output.note(`${rows} rows of ${kind.name} written to ${out}`);
  return EXIT.ok;
}

const outFailure = (out: string) => (thrown: unknown) => {
  const { code } = thrown as { code?: unknown };
  if (code === 'EEXIST') throw new AppError('usage', 'file-exists', `${out} is there already: name another file`);
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') {
    throw new AppError('usage', 'unwritable-file', `${out} cannot be written (${code})`);
  }
  throw thrown;
};
