import type { ContentOptions, ContentSource, ContentWalker } from './content.ts';
import type { ContentSink } from './content-sink.ts';
import { FindingList } from './finding-list.ts';
import { readZipDirectory } from './zip-directory.ts';
import { ZipDirectoryWalker } from './zip-directory-walker.ts';
import { findZipEnd, type ZipEnd, type ZipProblem } from './zip-end.ts';
import { ZipForwardWalker } from './zip-forward.ts';

/** What is to be done with the entries, and what they are allowed. */
interface ZipTreatment {
  /** It is a directory tree as it was found: links may lead anywhere, names hold any character. */
  readonly isTree: boolean;
  /** Is given the entries; none of an archive without a directory that can be trusted. */
  readonly sink: ContentSink | undefined;
}

/**
 * Opens a stored zip archive (APPNOTE.TXT 6.3.10): reads its central directory, and returns the walker for the bytes of the
 * whole file. Where there is no directory to be trusted, or no stored file to read it from, the walker goes from one local
 * header to the next instead and says so.
 *
 * @throws the system's error when the file cannot be read
 */
export async function openZip(options: ContentOptions, { isTree, sink }: ZipTreatment): Promise<ContentWalker> {
  const { source, limits } = options;
  const findings = new FindingList(options.file);
  if (source === undefined) return new ZipForwardWalker(options, findings, 'packed');
  const end = await findZipEnd(source);
  if (end === undefined) return new ZipForwardWalker(options, findings, 'no-end');
  for (const problem of end.problems) findings.add(problem);
  if (end.isPart) {
    const message = 'The archive is one part of several, which are not put together here.';
    findings.add({ kind: 'unknown-format', offset: end.directoryEnd, decodedOffset: end.directoryEnd, message });
    return new ZipForwardWalker(options, findings, 'unjudged');
  }
  if (!end.isPlausible) {
    findings.add(noDirectory(end, source));
    return new ZipForwardWalker(options, findings, 'no-directory');
  }
  const directory = await readZipDirectory(source, end, { ...limits, isTree }, findings);
  if (!directory.isWhole && directory.columns.length < limits.entriesMax) {
    return new ZipForwardWalker(options, findings, 'no-directory');
  }
  return new ZipDirectoryWalker({ ...options, isTree, sink }, source, end, directory, findings);
}

function noDirectory(end: ZipEnd, source: ContentSource): ZipProblem {
  const range = { offset: end.directoryStart, endOffset: source.sizeBytes, decodedOffset: end.directoryStart };
  return { kind: 'corrupt', ...range, message: 'The end record points to no central directory.' };
}
