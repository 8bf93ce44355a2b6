import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { isAnswer } from './s3-fault.ts';
import type { S3Session } from './s3-session.ts';

const markSchema = z.strictObject({ musterPut: z.array(z.string().min(1).max(1024)).min(1) });

/** What is no longer than this can be a mark. */
export const MARK_BYTES_MAX = 10_485_760;

/** Says which files are about to be put, or still are; the last one makes the others count. */
export async function writeMark(
  session: S3Session,
  mark: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const Body = Buffer.from(JSON.stringify({ musterPut: paths }));
  const command = new PutObjectCommand({ Bucket: session.bucket, Key: session.keyOf(mark), Body });
  await session.ask(signal, (s3, options) => s3.send(command, options));
}

/** What a mark says; undefined where it is gone, or none. */
export async function readMark(
  session: S3Session,
  mark: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const command = new GetObjectCommand({ Bucket: session.bucket, Key: session.keyOf(mark) });
  const text = await session
    .ask(signal, async (s3, options) => (await s3.send(command, options)).Body?.transformToString())
    .catch((thrown: unknown) => {
      if (!isAnswer(thrown, 'NoSuchKey')) throw thrown;
    });
  try {
    return markSchema.parse(JSON.parse(text ?? '')).musterPut;
  } catch {
    return undefined;
  }
}
