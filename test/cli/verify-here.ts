import { vi } from 'vitest';
import { runCli } from '../../src/cli/run-cli.ts';
import type { VerifySummary } from '../../src/cli/verify-lines.ts';
import type { PathResult } from '../../src/verification/verify-file.ts';

/** A command that has ended, in this process. */
export interface Verified {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `muster verify` in this process: it needs no database, no service and no data directory. */
export async function verify(...args: string[]): Promise<Verified> {
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  }
  try {
    const code = await runCli(['verify', ...args]);
    return { code, ...written };
  } finally {
    vi.restoreAllMocks();
  }
}

/** The same with `--json`, its lines read. */
export async function verifyJson(...args: string[]) {
  const { code, stdout, stderr } = await verify('--json', ...args);
  return { code, stderr, ...linesOf(stdout) };
}

/** What `--json` has printed: results, and the summary as the last line. */
export function linesOf(stdout: string): { results: PathResult[]; summary: VerifySummary } {
  const lines = stdout.split('\n');
  if (lines.pop() !== '') throw new Error(`the last line is cut: ${stdout}`);
  const objects = lines.map((line) => JSON.parse(line));
  const { summary, ...others } = objects.pop();
  if (summary === undefined || Object.keys(others).length > 0) throw new Error(`no summary at the end: ${stdout}`);
  return { results: objects, summary };
}
