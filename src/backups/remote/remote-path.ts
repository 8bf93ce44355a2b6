import { posix } from 'node:path';

/** What is not whole yet bears such a name, beside the place where it goes. */
export const PART_PREFIX = '.muster-part-';

/** A name that leads to itself: what a server calls otherwise is none. */
const NAME = /^(?!\.{1,2}$)[^/\0]+$/;

export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Names with `/` between them. */
export function isPath(text: string): boolean {
  return text.split('/').every(isName);
}

/** `''`: the place itself. */
export function directoryOf(path: string): string {
  const directory = posix.dirname(path);
  return directory === '.' ? '' : directory;
}
