import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';

/** What PostgreSQL's own reader said of an archive. */
type PgRestoreAnswer =
  | { readonly outcome: 'read' }
  /** It found the archive broken; `message` is its own. */
  | { readonly outcome: 'refused'; readonly message: string }
  /** It is not there, or knows the version or the packing as little as this engine. */
  | { readonly outcome: 'unable'; readonly message: string };

/** Reads a custom archive to its end. Rejects only when the file cannot be opened. */
export type ReadWithPgRestore = (path: string, signal: AbortSignal) => Promise<PgRestoreAnswer>;

const STDERR_CHARS_MAX = 4096;
/** What it says about archives that are merely too new for it, or that it was built without a library for. */
const UNABLE = /unsupported version|not support(ed)? compression|does not support|compression not supported|built with/;

/**
 * Lets the `pg_restore` of this machine read the archive and throws its output away. It gets the file as its standard
 * input, opened for reading, so that nothing depends on how the path is spelled, and so the kernel holds it back.
 */
export const readWithPgRestore: ReadWithPgRestore = async (path, signal) => {
  const file = await open(path, 'r');
  try {
    // Its messages are recognised by their English words.
    const child = spawn('env', ['LC_ALL=C', 'pg_restore', '--file=-'], {
      stdio: [file.fd, 'ignore', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    return await answerOf(child);
  } finally {
    await file.close();
  }
};

function answerOf(child: ChildProcess): Promise<PgRestoreAnswer> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < STDERR_CHARS_MAX) stderr += text.slice(0, STDERR_CHARS_MAX);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ outcome: 'unable', message: error.message }));
    child.once('close', (status, signal) => {
      const message = stderr.split('\n', 1)[0] || `pg_restore ended with ${signal ?? `status ${status}`}`;
      if (status === 0) resolve({ outcome: 'read' });
      else if (status === 127) resolve({ outcome: 'unable', message: 'there is no pg_restore on this machine' });
      else resolve({ outcome: signal !== null || UNABLE.test(stderr) ? 'unable' : 'refused', message });
    });
  });
}
