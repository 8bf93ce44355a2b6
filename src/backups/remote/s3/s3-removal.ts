import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { directoryOf, PART_PREFIX } from '../remote-path.ts';
import { abortUploads } from './s3-abort.ts';
import { S3Refusal } from './s3-fault.ts';
import { pagesOf } from './s3-list.ts';
import { MARK_BYTES_MAX, readMark } from './s3-mark.ts';
import { headOf } from './s3-read.ts';
import type { S3Session } from './s3-session.ts';

/** Removes an object; one that is gone is no failure. @throws RemoteFault; S3Refusal; the signal's reason. */
export async function removeObject(session: S3Session, path: string, signal: AbortSignal): Promise<void> {
  try {
    const command = new DeleteObjectCommand({ Bucket: session.bucket, Key: session.keyOf(path) });
    await session.ask(signal, (s3, options) => s3.send(command, options));
  } catch (thrown) {
    if (!(thrown instanceof S3Refusal) || thrown.code !== 'ENOENT') throw thrown;
  }
}

/** Removes what puts in a directory left whose marks are older; answers how many these were. */
export async function removeLeftovers(
  session: S3Session,
  directory: string,
  beforeMs: number,
  signal: AbortSignal,
): Promise<number> {
  const prefix = session.root + (directory === '' ? '' : `${directory}/`) + PART_PREFIX;
  const marks: string[] = [];
  for await (const page of pagesOf(session, prefix, signal)) {
    const old = page.filter(
      ({ object: { LastModified, Size = 0 } }) =>
        LastModified !== undefined && LastModified.getTime() < beforeMs && Size <= MARK_BYTES_MAX,
    );
    marks.push(...old.map(({ key }) => key.slice(session.root.length)));
  }
  let count = 0;
  for (const mark of marks) if (await removeMarked(session, directory, mark, signal)) count += 1;
  return count;
}

/** Whether something was unfinished there. A mark of a put that came to its end goes alone. */
async function removeMarked(
  session: S3Session,
  directory: string,
  mark: string,
  signal: AbortSignal,
): Promise<boolean> {
  const paths = await readMark(session, mark, signal);
  const last = paths?.at(-1);
  // What Muster has not written is left alone.
  if (paths === undefined || last === undefined || !paths.every((path) => isIn(path, directory))) return false;
  const isWhole = (await headOf(session, last, signal)) !== undefined;
  if (!isWhole) {
    for (const path of paths) {
      await abortUploads(session, session.keyOf(path), signal);
      await removeObject(session, path, signal);
    }
  }
  await removeObject(session, mark, signal);
  return !isWhole;
}

function isIn(path: string, directory: string): boolean {
  return directory === '' || directoryOf(path) === directory || path.startsWith(`${directory}/`);
}
