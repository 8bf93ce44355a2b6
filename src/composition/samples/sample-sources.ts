import { createHash } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sampleDump, writeSampleSqlite } from './sample-orders.ts';

/** Where the generated data lies, by what it is a sample of. */
export interface SampleSources {
  readonly files: string;
  readonly dump: string;
  /** The database file itself. */
  readonly sqlite: string;
  readonly server: string;
}

/** The places of the sources below the directory that is theirs. */
function sampleSourcesIn(directory: string): SampleSources {
  return {
    files: join(directory, 'files'),
    dump: join(directory, 'dump'),
    sqlite: join(directory, 'sqlite', 'shop.sqlite'),
    server: join(directory, 'server'),
  };
}

/** Generates the sources, unless they are there. A process that dies meanwhile leaves them to be made anew. */
export async function ensureSampleSources(directory: string): Promise<SampleSources> {
  const isThere = await stat(directory).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const making = `${directory}.making`;
    await rm(making, { recursive: true, force: true });
    const { files, dump, sqlite, server } = sampleSourcesIn(making);
    for (const made of [files, dump, dirname(sqlite), server]) await mkdir(made, { recursive: true, mode: 0o700 });
    await writeTree(files);
    await writeFile(join(dump, 'shop.sql'), sampleDump());
    writeSampleSqlite(sqlite);
    await writeServer(server);
    await rename(making, directory);
  }
  return sampleSourcesIn(directory);
}

const FOLDERS = 60;
const FILES_OF_FOLDER = 40;
const BIG_FILES = 3;
const BIG_FILE_BYTES = 3 * 1_048_576;

/** 2,400 small files of 100 bytes to 4 KiB, and three that are big beside them. */
async function writeTree(root: string): Promise<void> {
  for (let folder = 1; folder <= FOLDERS; folder += 1) {
    const directory = join(root, `folder-${String(folder).padStart(2, '0')}`);
    await mkdir(directory);
    // A folder at a time: the service answers requests meanwhile.
    await Promise.all(
      Array.from({ length: FILES_OF_FOLDER }, (_, file) => {
        const lines = 1 + ((folder * 7 + file * 13) % 50);
        const line = `Sample file ${file} of folder ${folder}: nothing in it is of use to anybody.\n`;
        return writeFile(join(directory, `note-${String(file).padStart(2, '0')}.txt`), line.repeat(lines));
      }),
    );
  }
  await mkdir(join(root, 'big'));
  for (let file = 1; file <= BIG_FILES; file += 1) {
    await writeFile(join(root, 'big', `image-${file}.bin`), noise(`image ${file}`, BIG_FILE_BYTES));
  }
}

/** What cannot be compressed, and is the same for the same seed. */
function noise(seed: string, bytes: number): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest();
}

/** What a server is set up from: a package, its settings, and a list of digests as every system knows it. */
async function writeServer(root: string): Promise<void> {
  const files = {
    'packages/sample-server.pkg': noise('package', 1_048_576),
    'settings/server.conf': Buffer.from('# Settings of a server that is nowhere\nlisten = 127.0.0.1\nseats = 4\n'),
    'settings/licence-request.txt': Buffer.from('Sample Server Licence: 4 seats of the sample contract\n'),
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const lines = Object.entries(files).map(
    ([path, content]) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`,
  );
  await writeFile(join(root, 'SHA256SUMS'), lines.join(''));
}
