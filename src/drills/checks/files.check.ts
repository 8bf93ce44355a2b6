import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Finding } from '../../verification/finding.ts';
import type { CheckOf } from '../definition-checks.ts';
import type { Recovery } from '../recovery.ts';
import type { RestoredFiles } from '../restored-files.ts';
import type { DrillCheck } from '../run.ts';
import type { ComparedFiles, CompareFilesMessage, CompareFilesTask } from './compare-files.worker.ts';
import { countWords, isExpected } from './row-counts.check.ts';

/** Findings of a comparison that a report lists one by one. */
const LISTED_FINDINGS_MAX = 50;

/** Compares the restored files with their digests, counts them, and looks for those that must be there. */
export async function checkFiles(recovery: Recovery, check: CheckOf<'files'>): Promise<DrillCheck[]> {
  const { files: restored, signal } = recovery;
  if (restored === undefined) return [notFiles()];
  const against = check.against === 'manifest' ? restored.entries : check.against?.list;
  if (check.against === 'manifest' && against === undefined) return [nothingListed()];
  const compared = await inThread({ root: restored.root, against }, signal);
  return [
    ...(check.against === undefined ? [] : comparison(compared)),
    ...(await required(restored, check.required)),
    ...(check.count === undefined ? [] : [counted(check.count, compared.files)]),
  ];
}

function notFiles(): DrillCheck {
  const expected = 'a recovery point of files';
  return { kind: 'coverage', subject: 'files', expected, actual: 'a PostgreSQL server', result: 'failed' };
}

function nothingListed(): DrillCheck {
  const actual = 'the manifest lists no files: it lists those of a tree in a tar that is not encrypted';
  return { kind: 'coverage', subject: 'files', expected: 'files that the manifest lists', actual, result: 'failed' };
}

function comparison({ listed, findings }: ComparedFiles): DrillCheck[] {
  const wrong = new Set(findings.map(({ file }) => file)).size;
  const coverage: DrillCheck = {
    kind: 'coverage',
    subject: 'files',
    expected: listed === 0 ? 'at least one listed file' : `${listed} of ${listed} files equal`,
    actual: `${Math.max(0, listed - wrong)} of ${listed} files equal${wrong > 0 ? `, ${wrong} not as listed` : ''}`,
    result: listed > 0 && findings.length === 0 ? 'passed' : 'failed',
  };
  return [coverage, ...findings.slice(0, LISTED_FINDINGS_MAX).map(findingCheck)];
}

function findingCheck({ kind, file, expected, message }: Finding): DrillCheck {
  return {
    kind: 'file',
    subject: file,
    expected: expected ?? 'as listed',
    actual: `${kind}: ${message}`,
    result: 'failed',
  };
}

function required({ root }: RestoredFiles, paths: readonly string[]): Promise<DrillCheck[]> {
  return Promise.all(
    paths.map(async (path): Promise<DrillCheck> => {
      const found = await lstat(join(root, path)).catch(() => undefined);
      const actual = found === undefined ? 'not there' : 'there';
      return {
        kind: 'file',
        subject: path,
        expected: 'there',
        actual,
        result: found === undefined ? 'failed' : 'passed',
      };
    }),
  );
}

function counted(expected: NonNullable<CheckOf<'files'>['count']>, actual: number): DrillCheck {
  const result = isExpected(expected, actual) ? 'passed' : 'failed';
  return { kind: 'file', subject: 'number of files', expected: countWords(expected), actual: String(actual), result };
}

async function inThread(task: CompareFilesTask, signal: AbortSignal): Promise<ComparedFiles> {
  signal.throwIfAborted();
  const thread = new Worker(new URL('./compare-files.worker.ts', import.meta.url), { workerData: task });
  try {
    const [message] = (await once(thread, 'message', { signal })) as [CompareFilesMessage];
    if (message.kind === 'failed') throw new Error(message.message);
    return message;
  } catch (thrown) {
    signal.throwIfAborted();
    throw thrown;
  } finally {
    await thread.terminate();
  }
}
