import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { RunnerDeps } from './drill-deps.ts';
import { reportsToWrite } from './drill-run.queries.ts';
import { markReportWritten } from './drill-run.store.ts';
import { findEvidence } from './evidence.store.ts';
import { reportSchema } from './report.ts';
import { reportHtml } from './report-html.ts';

type ReportFileDeps = Pick<RunnerDeps, 'db' | 'log' | 'reportDirectory'>;

/**
 * Writes a run's report as `RUN.json` and `RUN.html`; each file appears whole or not at all. The database has the report
 * already, so a full disk here costs the files and nothing else: the next start writes them.
 */
export async function writeReportFiles(deps: ReportFileDeps, runId: string): Promise<void> {
  const evidence = await findEvidence(deps.db, runId);
  if (!evidence) return;
  try {
    await mkdir(deps.reportDirectory, { recursive: true, mode: 0o700 });
    const page = reportHtml(reportSchema.parse(JSON.parse(evidence.report)), evidence);
    const files = reportFilesOf(deps.reportDirectory, runId);
    await writeWhole(files.json, evidence.report);
    await writeWhole(files.html, page);
  } catch (thrown) {
    deps.log.error(
      { runId, reason: messageOf(thrown) },
      'the report files could not be written; the database has them',
    );
    return;
  }
  await deps.db.transaction((tx) => markReportWritten(tx, runId));
}

/** Writes the report files that are still missing: of runs that ended when the disk was full, or just before a crash. */
export async function writeMissingReports(deps: ReportFileDeps): Promise<void> {
  for (const runId of await reportsToWrite(deps.db)) await writeReportFiles(deps, runId);
}

/** Where the files of a run lie. */
export function reportFilesOf(
  reportDirectory: string,
  runId: string,
): { readonly json: string; readonly html: string } {
  return { json: join(reportDirectory, `${runId}.json`), html: join(reportDirectory, `${runId}.html`) };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${newId()}.unfinished`;
  try {
    await using file = await open(temporary, 'wx', 0o600);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}
