import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { isAnswer, S3Refusal } from './s3-fault.ts';
import { keyIn } from './s3-list.ts';
import type { S3Session } from './s3-session.ts';

/** What is begun and not wanted any more. */
export async function abortUpload(
  session: S3Session,
  key: string,
  uploadId: string,
  signal: AbortSignal,
): Promise<void> {
  const command = new AbortMultipartUploadCommand({ Bucket: session.bucket, Key: key, UploadId: uploadId });
  await session
    .ask(signal, (s3, options) => s3.send(command, options))
    .catch((thrown: unknown) => {
      if (!(thrown instanceof S3Refusal) || thrown.code !== 'ENOENT') throw thrown;
    });
}

/** Gives up all uploads to one key. */
export async function abortUploads(session: S3Session, key: string, signal: AbortSignal): Promise<void> {
  const command = new ListMultipartUploadsCommand({ Bucket: session.bucket, Prefix: key, EncodingType: 'url' });
  const found = await session
    .ask(signal, (s3, options) => s3.send(command, options))
    .catch((thrown: unknown) => {
      // Some servers give up what is old by themselves, and list nothing.
      if (isAnswer(thrown, 'NotImplemented', '501')) return {} as ListMultipartUploadsCommandOutput;
      throw thrown;
    });
  for (const upload of found.Uploads ?? []) {
    const { UploadId } = upload;
    if (keyIn(found, upload) === key && UploadId !== undefined) await abortUpload(session, key, UploadId, signal);
  }
}
