import { Temporal } from 'temporal-polyfill';
import { type RestoreReport, type RestoreRequest, restoreInstallation } from '../composition/restore.ts';
import type { RestoreProgress } from '../composition/restore-proof.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { createLogger } from '../kernel/log.ts';
import { formatBytes, formatSeconds } from '../kernel/units.ts';
import { type CommandContext, EXIT } from './command.ts';
import { pairs } from './output.ts';
import { readPassphrase, requireFile } from './passphrase-file.ts';
import { createRatedMeter } from './progress-meter.ts';
import { cliActor } from './sign-in-link.ts';
import { stopSignal } from './stop-signal.ts';
import { stoppedEarly } from './with-runtime.ts';

/** As commander hands them over. */
export interface RestoreOptions {
  readonly from: string;
  readonly to?: string;
  readonly identity?: string;
  readonly passphraseFile?: string;
  readonly keyExport?: string;
}

/** Brings the installation back. @returns the exit status. */
export async function restore({ config, output }: CommandContext, options: RestoreOptions): Promise<number> {
  const openWith = await openWithOf(options);
  const meter = createRatedMeter(output, systemClock);
  const { signal } = stopSignal();
  const report = await restoreInstallation({
    config,
    from: options.from,
    to: goalOf(options.to),
    keyExport: options.keyExport,
    openWith,
    by: cliActor(),
    clock: systemClock,
    log: createLogger(config.logLevel ?? 'warn'),
    signal,
    onProgress: ({ step, ...progress }) => meter({ label: LABELS[step], ...progress }),
    onNote: output.warn,
  }).catch((thrown: unknown) => {
    throw signal.aborted ? stoppedEarly(': nothing was restored, the data directory is as it was') : thrown;
  });
  output.answer(viewOf(report), () => linesOf(report));
  for (const note of notesFor(report, config.backupDirectory)) output.note(note);
  return EXIT.ok;
}

const LABELS: Readonly<Record<RestoreProgress['step'], string>> = {
  check: 'reading the recovery point in full',
  unpack: 'unpacking',
  log: 'laying out the archived log',
  recover: 'PostgreSQL recovers',
  compare: 'comparing',
};

function goalOf(to: string | undefined): RestoreRequest['to'] {
  if (to === undefined || to === 'latest') return to;
  try {
    return Temporal.Instant.from(to);
  } catch (cause) {
    const message = `--to takes a moment with its offset from UTC, such as 2026-11-29T14:05:00Z, or latest; not ${JSON.stringify(to)}`;
    throw new AppError('usage', 'bad-options', message, { cause });
  }
}

async function openWithOf({
  identity,
  passphraseFile,
  keyExport,
}: RestoreOptions): Promise<RestoreRequest['openWith']> {
  if (keyExport !== undefined) requireFile('--key-export', keyExport);
  if (identity !== undefined && passphraseFile === undefined) {
    requireFile('--identity', identity);
    return { identityFile: identity };
  }
  if (passphraseFile !== undefined && identity === undefined)
    return { passphrase: await readPassphrase(passphraseFile) };
  throw new AppError(
    'usage',
    'bad-options',
    'Say what opens the key export: either --identity FILE or --passphrase-file FILE',
  );
}

function viewOf(report: RestoreReport) {
  const { comparison, audit, record, check, lastTransactionAt, logSegments } = report;
  return {
    dataDirectory: report.dataDirectory,
    point: { directory: report.pointDirectory, name: record.name, set: record.set, takenAt: record.takenAt },
    check: { verdict: check.verdict, level: check.level, files: check.filesChecked, entries: check.entriesChecked },
    recovered:
      logSegments === undefined ? null : { segments: logSegments, lastTransactionAt: lastTransactionAt ?? null },
    tables:
      comparison === undefined
        ? null
        : {
            equal: comparison.equalCount,
            compared: comparison.comparedCount,
            rows: comparison.rowCount,
            notCompared: comparison.notCompared,
          },
    keys: { masterKeyId: report.masterKeyId, canaryOpened: true },
    audit,
    seconds: report.seconds,
  };
}

function linesOf(report: RestoreReport): string[] {
  const { comparison, audit, record, check, lastTransactionAt, logSegments } = report;
  const skipped = (comparison?.notCompared ?? []).map(({ schema, name, reason }) => `${schema}.${name} (${reason})`);
  return pairs([
    ['Restored', `${report.dataDirectory}, in ${formatSeconds(report.seconds)}`],
    ['From', `${report.pointDirectory}, the data of ${record.takenAt}`],
    [
      'Checked',
      `${check.verdict}: ${check.filesChecked} files, ${check.entriesChecked} entries, ${formatBytes(check.bytesRead)}`,
    ],
    [
      'Recovered',
      logSegments === undefined
        ? undefined
        : `with ${logSegments} segments of archived log, to the transaction of ${lastTransactionAt ?? 'the backup'}`,
    ],
    [
      'Compared',
      comparison
        ? `${comparison.equalCount} of ${comparison.comparedCount} tables equal, ${comparison.rowCount} rows`
        : 'no: what the tables held at that moment is on no record',
    ],
    ['Not compared', skipped.length > 0 ? skipped.join(', ') : undefined],
    ['Keys', `master key ${report.masterKeyId}; the secrets of the database open with it`],
    ['Audit trail', auditLine(audit)],
    ...audit.findings.map(({ kind, message }) => ['Found', `${kind}: ${message}`] as const),
  ]);
}

function auditLine({ entries, sealed, sealsGone, rewindStated }: RestoreReport['audit']): string {
  const gone = `${sealsGone} later seals went with the restore${rewindStated ? ', which the anchors now state' : ''}`;
  return `${entries} entries, ${sealed} sealed${sealsGone > 0 ? `; ${gone}` : ''}`;
}

function notesFor({ pointDirectory, record, lastTransactionAt }: RestoreReport, backupDirectory: string): string[] {
  const elsewhere = !pointDirectory.startsWith(`${backupDirectory}/`);
  return [
    `What happened after ${lastTransactionAt ?? record.takenAt} is not in it: tokens that were revoked since are good again (muster token list).`,
    ...(elsewhere
      ? [`New backups will go to ${backupDirectory}; move the old ones there first to keep them in one place.`]
      : []),
    'Start it with npm start.',
  ];
}
