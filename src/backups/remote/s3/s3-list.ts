import { unescape as unescaped } from 'node:querystring';
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type _Object as S3Object } from '@aws-sdk/client-s3';
import { RemoteFault } from '../remote-fault.ts';
import { isName, isPath } from '../remote-path.ts';
import type { RemoteEntry } from '../remote-store.ts';
import { notAStore, S3Refusal } from './s3-fault.ts';
import type { S3Session } from './s3-session.ts';

/** No file system keeps a longer name. */
const NAME_BYTES_MAX = 255;

/** What stands for what cannot be a path. */
const ODD = '\uFFFD';

/**
 * Lists what lies below a directory, see `RemoteStore.list`. Held in memory is one page. What bears a name that is no path of a
 * file (`a//b`, `../c`, a name below a file) is told as `other`, with U+FFFD where it is odd, and leads nowhere.
 * @throws RemoteFault; S3Refusal; the signal's reason.
 */
export async function* listObjects(
  session: S3Session,
  directory: string,
  signal: AbortSignal,
): AsyncGenerator<readonly RemoteEntry[]> {
  if (directory !== '' && !isPath(directory)) return;
  const prefix = directory === '' ? session.root : `${session.keyOf(directory)}/`;
  const above = new FilesAbove();
  let last = Buffer.alloc(0);
  for await (const page of pagesOf(session, prefix, signal)) {
    const entries: RemoteEntry[] = [];
    for (const { key, object } of page) {
      const bytes = Buffer.from(key);
      // Whoever reads on relies on the order.
      if (Buffer.compare(last, bytes) > 0) {
        throw new RemoteFault('input-output-error', 'the store does not list in the order of the bytes of the keys');
      }
      last = bytes;
      if (key !== prefix) entries.push(entryOf(key.slice(session.root.length), object, above));
    }
    if (entries.length > 0) yield entries;
  }
}

/** The first key that begins with these characters; undefined: none does. */
export async function firstKey(session: S3Session, prefix: string, signal: AbortSignal): Promise<string | undefined> {
  const { Contents } = await askPage(session, { Prefix: prefix, MaxKeys: 1 }, signal);
  return Contents?.[0]?.Key;
}

/** All objects whose keys begin with these characters, a page at a time. */
export async function* pagesOf(session: S3Session, prefix: string, signal: AbortSignal) {
  let token: string | undefined;
  do {
    const page = await askPage(session, { Prefix: prefix, ContinuationToken: token }, signal);
    yield (page.Contents ?? []).map((object) => ({ key: keyIn(page, object), object }));
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && token === undefined) {
      throw new RemoteFault(
        'input-output-error',
        'the store lists a part of what is there, and gives no way to the rest',
      );
    }
  } while (token !== undefined);
}

/** A key as it was before it was put into XML, which holds no control characters: lists are asked for in this form. */
export function keyIn(
  { EncodingType }: { readonly EncodingType?: string | undefined },
  { Key = '' }: { readonly Key?: string | undefined },
): string {
  return EncodingType === 'url' ? unescaped(Key.replaceAll('+', ' ')) : Key;
}

async function askPage(
  session: S3Session,
  page: { readonly Prefix: string; readonly MaxKeys?: number; readonly ContinuationToken?: string | undefined },
  signal: AbortSignal,
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({ Bucket: session.bucket, EncodingType: 'url', ...page });
  const { endpoint } = session.access.place;
  const answer = await session
    .ask(signal, (s3, options) => s3.send(command, options))
    .catch((thrown: unknown) => {
      // Of a bucket that is not there a store says so.
      if (thrown instanceof S3Refusal && thrown.code === 'ENOENT') throw notAStore(endpoint, thrown.answer);
      throw thrown;
    });
  if (answer.IsTruncated === undefined && answer.Name === undefined) throw notAStore(endpoint, 'no list of objects');
  return answer;
}

/** @param path from the place of the repository; may be anything. */
function entryOf(path: string, object: S3Object, above: FilesAbove): RemoteEntry {
  const sizeBytes = object.Size ?? 0;
  const figures = { modifiedMs: object.LastModified?.getTime() ?? 0, tag: object.ETag };
  const names = path.split('/');
  // What tools make for a directory.
  if (names.at(-1) === '' && sizeBytes === 0) names.pop();
  const isDirectory = names.length < path.split('/').length;
  const fileAbove = above.of(path);
  const odd = names.findIndex(
    (name, depth) => isOdd(name) || (fileAbove !== undefined && depth === fileAbove.split('/').length - 1),
  );
  if (odd >= 0) {
    const shown = [...names.slice(0, odd), ODD + names.slice(odd).join(ODD).replaceAll('\0', ODD)].join('/');
    return { path: shown, type: 'other', sizeBytes: 0, ...figures };
  }
  if (isDirectory) return { path: names.join('/'), type: 'directory', sizeBytes: 0, ...figures };
  above.add(path);
  return { path, type: 'file', sizeBytes, ...figures };
}

function isOdd(name: string): boolean {
  return !isName(name) || name.includes(ODD) || Buffer.byteLength(name) > NAME_BYTES_MAX;
}

/** The files that a listing has come by, as far as something may still lie below them: in a store `a` and `a/b` are two files. */
class FilesAbove {
  readonly #paths: string[] = [];

  /** The file below whose name this path lies. */
  of(path: string): string | undefined {
    for (let last = this.#paths.at(-1); last !== undefined && !path.startsWith(last); last = this.#paths.at(-1)) {
      this.#paths.pop();
    }
    return this.#paths.find((file) => path.startsWith(`${file}/`));
  }

  add(path: string): void {
    this.#paths.push(path);
  }
}
