import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { runById } from '../drills/drill-run.queries.ts';
import { findEvidence } from '../drills/evidence.store.ts';
import { reportSchema } from '../drills/report.ts';
import { reportHtml } from '../drills/report-html.ts';
import { junitOf } from '../drills/report-junit.ts';
import type { ReportLanguage } from '../drills/report-language.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type CommandContext, EXIT } from './command.ts';
import { withRuntime } from './with-runtime.ts';

/** As commander hands them over. */
export interface ReportOptions {
  readonly format: 'html' | 'json' | 'junit';
  readonly lang: ReportLanguage;
  readonly to?: string;
  readonly json?: boolean;
}

/** Writes a run's report as it was signed, or as the page that is made of it. */
export async function writeReport(context: CommandContext, runId: string, options: ReportOptions): Promise<number> {
  const text = await withRuntime(context, { writes: false }, async ({ db }) => {
    const run = await runById(db, runId);
    const evidence = await findEvidence(db, runId);
    if (!evidence) {
      throw new AppError(
        'not-found',
        'no-report',
        `The run ${runId} of ${run.drill} is ${run.status}: it has no report`,
      );
    }
    if (options.json || options.format === 'json') return evidence.report;
    const report = reportSchema.parse(JSON.parse(evidence.report));
    return options.format === 'junit' ? junitOf(report) : reportHtml(report, evidence, options.lang);
  });
  if (options.to === undefined) {
    context.output.raw(text);
    return EXIT.ok;
  }
  const file = resolve(options.to);
  await writeNew(file, text);
  context.output.answer({ runId, file }, () => [`The report is in ${file}.`]);
  return EXIT.ok;
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (thrown) {
    const exists = (thrown as NodeJS.ErrnoException).code === 'EEXIST';
    if (exists) throw new AppError('conflict', 'file-exists', `${file} exists: choose another name`);
    throw new AppError('unavailable', 'report-not-written', `${file} cannot be written: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
