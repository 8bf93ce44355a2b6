import { appendFile, mkdir, open, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ZipArchive } from 'archiver';
import { create } from 'tar';
import { sampleDump, writeSampleSqlite } from '../../src/composition/samples/sample-orders.ts';
import { dateIn } from './days.ts';

/** Which sets of backups there are, and of how many days before today each has one. */
const DAYS = {
  orders: [6, 5, 4, 3, 2, 1, 0],
  web: [5, 4, 3, 2, 1, 0],
  documents: [4, 3, 2, 1, 0],
  intranet: [12, 11, 10, 9],
} as const;

export type SampleSet = keyof typeof DAYS;

const FILE_OF: Readonly<Record<SampleSet, string>> = {
  orders: 'orders/orders-DAY.sql.gz',
  web: 'web/web-DAY.tar.gz',
  documents: 'documents/documents-DAY.zip',
  intranet: 'intranet/intranet-DAY.sqlite',
};

/** How many archives there are in all. */
export const ARCHIVES = Object.values(DAYS).reduce((sum, days) => sum + days.length, 0);

/** The name of each set's files, with the day as `date` writes it. */
export const patternOf = (set: SampleSet): string => FILE_OF[set].replace('DAY', '%Y-%m-%d');

/** Where the backup of a set of so many days ago lies, from the root. */
export const archiveOf = (set: SampleSet, daysAgo: number): string => FILE_OF[set].replace('DAY', dateIn(-daysAgo));

/** Writes real archives of generated data, one for each day of each set, as nightly scripts would have left them. */
export async function writeArchives(root: string): Promise<void> {
  const workshop = `${root}.making`;
  await mkdir(workshop, { recursive: true });
  for (const set of Object.keys(DAYS) as SampleSet[]) {
    for (const daysAgo of DAYS[set]) {
      const path = join(root, archiveOf(set, daysAgo));
      await mkdir(dirname(path), { recursive: true });
      await WRITERS[set](path, `day ${dateIn(-daysAgo)}`, workshop);
      await writtenAt(path, daysAgo);
    }
  }
  await rm(workshop, { recursive: true });
}

const WRITERS: Readonly<Record<SampleSet, (path: string, day: string, workshop: string) => Promise<unknown>>> = {
  orders: (path, day) => writeFile(path, gzipSync(`-- ${day}\n${sampleDump()}`)),
  web: writeTar,
  documents: (path, day) => writeZip(path, day),
  intranet: async (path) => writeSampleSqlite(path),
};

/** Thirty pages and pictures that cannot be compressed, so that a changed byte lies in content. */
async function writeTar(path: string, day: string, workshop: string): Promise<void> {
  const names = Array.from({ length: 30 }, (_, index) => `page-${String(index + 1).padStart(2, '0')}.html`);
  for (const name of names) {
    const words = Array.from({ length: 400 }, () => Math.random().toString(36).slice(2)).join(' ');
    await writeFile(join(workshop, name), `<h1>Sample page ${name}, ${day}</h1>\n<p>${words}</p>\n`);
  }
  await create({ gzip: true, file: path, cwd: workshop, portable: true }, names);
}

async function writeZip(path: string, day: string): Promise<void> {
  const archive = new ZipArchive();
  for (let number = 1; number <= 12; number += 1) {
    const line = `Sample document ${number} of ${day}: nothing in it is of use to anybody.\n`;
    archive.append(line.repeat(40 * number), { name: `letters/letter-${number}.txt` });
  }
  const pieces: Buffer[] = [];
  archive.on('data', (piece: Buffer) => pieces.push(piece));
  await archive.finalize();
  await writeFile(path, Buffer.concat(pieces));
}

/** A backup is written in its night, and never looked at again. */
async function writtenAt(path: string, daysAgo: number): Promise<void> {
  const written = new Date(`${dateIn(-daysAgo)}T00:04:00Z`);
  await utimes(path, written, written);
}

/** What disks, full disks and careless scripts do to backups, before anybody has looked at them. */
export async function damageArchives(root: string): Promise<void> {
  const at = (set: SampleSet, daysAgo: number) => join(root, archiveOf(set, daysAgo));
  await flipByte(at('web', 3));
  await writtenAt(at('web', 3), 3);
  await truncate(at('web', 1), Math.floor((await stat(at('web', 1))).size * 0.6));
  await writtenAt(at('web', 1), 1);
  await writeFile(at('orders', 4), '');
  await writtenAt(at('orders', 4), 4);
  await writeFile(at('documents', 2), 'error: no space left on device\n');
  await writtenAt(at('documents', 2), 2);
}

/** What happens to backups that were found sound: one is exchanged for another, one is gone. */
export async function changeCheckedArchives(root: string): Promise<void> {
  await writeZip(join(root, archiveOf('documents', 3)), 'another day');
  await appendFile(join(root, archiveOf('intranet', 10)), Buffer.alloc(512));
  await rm(join(root, archiveOf('orders', 2)));
}

/** Changes the byte in the middle of a file. */
export async function flipByte(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  const middle = Math.floor((await file.stat()).size / 2);
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, middle);
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 0xff]), 0, 1, middle);
}
