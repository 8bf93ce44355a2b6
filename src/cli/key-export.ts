import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { recordAudit } from '../audit/audit.store.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type ExportFor, exportKeys } from '../secrets/key-export.ts';
import { type CommandContext, EXIT } from './command.ts';
import { readPassphrase } from './passphrase-file.ts';
import { cliActor } from './sign-in-link.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface ExportOptions {
  readonly to: string;
  readonly recipient?: readonly string[];
  readonly passphraseFile?: string;
}

/** Writes the export; that it was made stands in the audit trail before the file exists. */
export async function exportTo(context: CommandContext, options: ExportOptions): Promise<number> {
  const file = resolve(options.to);
  const exportFor = await exportForOf(options);
  if (existsSync(file)) throw exists(file);
  const keys = await withRuntime(context, { writes: true }, async ({ db, keyring, directories, clock }) => {
    const exportedAt = clock.now();
    const text = await exportKeys({ keyring, keyDirectory: directories.keys, exportFor, exportedAt });
    const opens = 'passphrase' in exportFor ? 'passphrase' : [...exportFor.recipients];
    await db.transaction((tx) =>
      recordAudit(tx, {
        actor: cliActor(),
        action: 'key.export',
        subjectKind: 'key',
        subjectId: keyring.masterKeyId,
        details: { file, opens },
      }),
    );
    await writeNew(file, text);
    return { file, masterKeyId: keyring.masterKeyId, signingKeyId: keyring.signingKeyId, opens };
  });
  context.output.answer(keys, ({ masterKeyId }) => [`The keys (master key ${masterKeyId}) are sealed in ${file}.`]);
  context.output.note(adviceOf(exportFor));
  return EXIT.ok;
}

async function exportForOf({ recipient, passphraseFile }: ExportOptions): Promise<ExportFor> {
  if (recipient && passphraseFile !== undefined) throw wrong('Give --recipient or --passphrase-file, not both');
  if (recipient) return { recipients: recipient };
  if (passphraseFile !== undefined) return { passphrase: await readPassphrase(passphraseFile) };
  throw wrong('Say who can open the export: --recipient age1... or --passphrase-file FILE');
}

function adviceOf(exportFor: ExportFor): string {
  const opener = 'passphrase' in exportFor ? 'the passphrase' : 'the identity';
  return `Keep it on another machine than Muster, and ${opener} in a third place: whoever has both has every secret, and without them a backup comes back with secrets that nobody can open.`;
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await using handle = await open(file, 'wx', 0o600);
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
    await using directory = await open(dirname(file), 'r');
    await directory.sync();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') throw exists(file);
    const message = `The key export ${file} cannot be written: ${messageOf(thrown)}`;
    throw new AppError('unavailable', 'export-not-written', message, { cause: thrown });
  }
}

function exists(file: string): AppError {
  return new AppError(
    'conflict',
    'file-exists',
    `${file} exists: an export never replaces a file; choose another name`,
  );
}

function wrong(message: string): AppError {
  return new AppError('usage', 'bad-options', message);
}
