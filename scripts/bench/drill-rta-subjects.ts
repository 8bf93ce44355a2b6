import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkAgainst, loadByHand, type RtaSubject, shell } from './drill-rta.ts';

const FILE_BYTES_MAX = 256 * 1024;
const GIB = 1024 ** 3;
const COPIES = 50;

/** A tree of files of 1 KiB to 256 KiB, half of which cannot be compressed; 1 GiB at scale 1. */
export function fileTree(scale: number): RtaSubject {
  const wantedBytes = GIB * scale;
  return {
    name: 'bench-tree',
    what: `a file tree of ${(wantedBytes / 1e6).toFixed(0)} MB`,
    make(directory) {
      const noise = randomBytes(2 * FILE_BYTES_MAX);
      const text = Buffer.alloc(FILE_BYTES_MAX, 'A line of text as there are many.\n');
      for (let bytes = 0, index = 0; bytes < wantedBytes; index += 1) {
        const parent = join(directory, `part-${index % 40}`);
        if (index < 40) mkdirSync(parent);
        const size = 1024 + ((index * 7919) % (FILE_BYTES_MAX - 1024));
        const content = index % 2 === 0 ? noise.subarray(index % FILE_BYTES_MAX) : text;
        writeFileSync(join(parent, `file-${index}`), content.subarray(0, size));
        bytes += size;
      }
    },
    drill: [
      'steps:',
      ...['step: fetch', 'step: verify\n    level: digest', 'step: extract'].map((step) => `  - ${step}`),
      'validation:\n  - check: files\n    against: manifest\n',
    ].join('\n'),
    byHand: (work) => shell(`cd files && ${checkAgainst('../content.list')}`, work),
  };
}

/**
 * Pagila's dump many times over, each in a schema of its own; fifty at scale 1. The dump does not come with Muster.
 * @throws Error when it is not there.
 */
export function pagila(scale: number, dump: string): RtaSubject {
  if (!existsSync(dump)) throw new Error(`there is no dump of Pagila in ${dump}: name one with --pagila`);
  const copies = Math.max(1, Math.round(COPIES * scale));
  const payments = 67416.51;
  const schemas = Array.from({ length: copies }, (_, index) => `p${index + 1}`);
  const sums = schemas.map((schema) => `(SELECT sum(amount) FROM ${schema}.payment)`).join(' + ');
  const expected = (payments * copies).toFixed(2);
  return {
    name: 'bench-pagila',
    what: `Pagila x ${copies}`,
    make: (directory) => writeFile(join(directory, 'pagila.sql'), manifold(readFileSync(dump, 'utf8'), schemas)),
    drill: [
      'steps:',
      ...['step: fetch', 'step: verify\n    level: digest', 'step: extract'].map((step) => `  - ${step}`),
      `  - step: postgres\n    file: pagila.sql\n    unpopulated: [${schemas.map((schema) => `${schema}.rental_by_category`).join(', ')}]`,
      `validation:\n  - check: sql\n    query: SELECT ${sums}\n    expect: { equals: ${expected} }\n`,
    ].join('\n'),
    byHand: (work) => loadByHand(work, 'pagila.sql', `test "$(psql -X -At -c 'SELECT ${sums}')" = ${expected}`),
  };
}

/** One script that makes every copy: the settings in front and the line that says it is complete stand there once. */
function manifold(dump: string, schemas: readonly string[]): string {
  const plain = dump.replaceAll(/^\\(un)?restrict .*\n/gm, '').replaceAll(/^--.*\n/gm, '');
  const bodies = schemas.map((schema) => `CREATE SCHEMA ${schema};\n${plain.replaceAll(/\bpublic\b/g, schema)}`);
  return `--\n-- PostgreSQL database dump\n--\n\n${bodies.join('\n')}\n--\n-- PostgreSQL database dump complete\n--\n\n`;
}
