import type { BagDeclaration } from './bagit-declaration.ts';
import { bagPathOf } from './bagit-path.ts';
import { type Finding, printable } from './finding.ts';
import { FindingList } from './finding-list.ts';

/** The file that lists what a bag leaves elsewhere. */
export const BAG_FETCH_FILE = 'fetch.txt';

/** Where a payload file can be had that need not be in the bag. */
export interface FetchLine {
  readonly path: string;
  readonly url: string;
  readonly sizeBytes?: number;
}

/** Reads `fetch.txt` (RFC 8493, 2.2.3): URL, length or `-`, path. Nothing is ever fetched here. */
export function parseBagFetch(
  text: string,
  declaration: BagDeclaration,
): { readonly lines: readonly FetchLine[]; readonly findings: readonly Finding[] } {
  const findings = new FindingList(BAG_FETCH_FILE);
  const lines: FetchLine[] = [];
  let number = 0;
  for (const line of text.split(/\r\n|\n|\r/)) {
    number += 1;
    if (line.trim() === '') continue;
    const refuse = (kind: Finding['kind'], what: string) => {
      findings.add({ kind, message: `Line ${number} of fetch.txt ${what}.` });
    };
    const match = /^(\S+)[ \t]+(\d{1,15}|-)[ \t]+(.+)$/.exec(line);
    if (match === null) {
      refuse('corrupt', 'is not "URL LENGTH PATH"');
      continue;
    }
    const [, url = '', length = '-', listed = ''] = match;
    const found = bagPathOf(listed, declaration);
    if ('hostile' in found) refuse('hostile', `lists ${printable(listed)}: ${found.hostile}`);
    else if (!found.path.startsWith('data/')) refuse('corrupt', `lists ${printable(listed)}, which is not below data/`);
    else lines.push({ path: found.path, url, ...(length === '-' ? {} : { sizeBytes: Number(length) }) });
  }
  return { lines, findings: findings.all() };
}
