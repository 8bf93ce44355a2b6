import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { zstdCompressSync } from 'node:zlib';
import { ZipArchive } from 'archiver';
import { beforeAll, describe, expect, test } from 'vitest';
import { noise } from './support/point-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { checkZip } from './support/zip-checking.ts';
import { zipOf } from './support/zip-making.ts';

const newDirectory = useDirectories();
const has = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
const run = (directory: string, script: string) =>
  execFileSync('sh', ['-c', script], { cwd: directory, maxBuffer: 1e8, stdio: ['ignore', 'pipe', 'pipe'] });

const FILES: Readonly<Record<string, Buffer>> = {
  empty: Buffer.alloc(0),
  noise: noise(300_000, 1),
  'sub/text': Buffer.from('the same line again\n'.repeat(20_000)),
  'sub/名前 é.txt': Buffer.from('text\n'),
};

/** Each writes `out.zip` beside the tree `t`. */
const TOOLS: readonly [what: string, tool: string, script: string][] = [
  ['zip -r', 'zip', 'cd t; zip -qr ../out.zip .'],
  ['zip -r -y, with a link', 'zip', 'cd t; zip -qry ../out.zip .'],
  ['zip -0', 'zip', 'cd t; zip -qr0 ../out.zip .'],
  ['zip to a pipe', 'zip', 'cd t; zip -qr - . | cat > ../out.zip'],
  ['zip from a pipe to a pipe', 'zip', 'cat t/noise | zip -q - - | cat > out.zip'],
  [
    'zip with comments',
    'zip',
    'cd t; zip -qr ../out.zip .; printf "a comment\\nof two lines\\n.\\n" | zip -qz ../out.zip',
  ],
  [
    'zip that replaced an entry',
    'zip',
    'cd t; zip -qr ../out.zip .; echo more > empty; zip -qr ../out.zip .; : > empty',
  ],
  ['zip without extra fields', 'zip', 'cd t; zip -qrX ../out.zip .'],
  ['7z', '7z', 'cd t; 7z a -tzip -bd ../out.zip .'],
  ['bsdtar', 'bsdtar', 'cd t; bsdtar --format zip -cf ../out.zip .'],
  ['bsdtar to a pipe, which pads its last block', 'bsdtar', 'cd t; bsdtar --format zip -cf - . | cat > ../out.zip'],
  ['jar', 'jar', 'jar cf out.zip -C t .'],
  [
    'git archive',
    'git',
    'cd t; git init -q; git add .; git -c user.name=a -c user.email=a@b.c commit -qm a; git archive --format zip -o ../out.zip HEAD; rm -r .git',
  ],
];

const PYTHON = `
import sys, zipfile
class Pipe:
    def __init__(self, file): self.file = file
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
def make(method, streamed, long):
    file = open(f'{sys.argv[1]}/python{method}{streamed}{long}.zip', 'wb')
    archive = zipfile.ZipFile(Pipe(file) if streamed else file, 'w', method)
    archive.writestr('directory/', '')
    archive.writestr('ü名', 'x' * 1000)
    with archive.open('empty', 'w', force_zip64=bool(long)) as entry: pass
    with archive.open('long', 'w', force_zip64=bool(long)) as entry: entry.write(b'0123456789' * 30000)
    archive.close()
for method in (0, 8):
    for streamed in (0, 1):
        for long in (0, 1): make(method, streamed, long)
with zipfile.ZipFile(f'{sys.argv[1]}/many.zip', 'w') as many:
    for index in range(66000): many.writestr(f'd/{index}', b'')
print('.'.join(f'{part:02d}' for part in sys.version_info[:3]))
`;

describe('a sound zip of', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await newDirectory();
    for (const [path, data] of Object.entries(FILES)) {
      await mkdir(join(directory, 't', path, '..'), { recursive: true });
      await writeFile(join(directory, 't', path), data);
    }
    await mkdir(join(directory, 't', 'no-files'));
    await symlink('noise', join(directory, 't', 'link'));
  });

  const expectSound = async (zip: Buffer) => {
    for (const pieceBytes of [1_048_576, 997]) {
      const result = await checkZip(zip, { pieceBytes });
      expect(result.findings).toEqual([]);
      expect(result).toMatchObject({ isComplete: true, level: 'structure' });
    }
    // From front to back, without the directory, every entry is whole too.
    const { findings } = await checkZip(zip, { packed: true, pieceBytes: 1009 });
    expect(findings.map(({ kind }) => kind)).toEqual(['unknown-format']);
  };

  test.for(TOOLS)('%s has no finding', async ([, tool, script], { skip }) => {
    if (!has(tool)) skip(`this machine has no ${tool}`);
    run(directory, `rm -f out.zip; ${script}`);
    await expectSound(await readFile(join(directory, 'out.zip')));
  });

  test('python, packed and stored, streamed and not, with zip64 fields and without, has no finding', async ({
    skip,
  }) => {
    if (!has('python3')) skip('this machine has no python3');
    const version = execFileSync('python3', ['-c', PYTHON, directory], { encoding: 'utf8' }).trim();
    for (const name of ['800', '810', '801', '811', '001', '010', '011']) {
      // Until 3.11.4 forced zip64 fields did not fit what was written (python/cpython, issue 103861).
      if (version < '03.11.04' && name.endsWith('1')) continue;
      await expectSound(await readFile(join(directory, `python${name}.zip`)));
    }
    const many = await checkZip(await readFile(join(directory, 'many.zip')));
    expect(many).toEqual({ entries: 66_000, isComplete: true, findings: [], level: 'structure' });
  });

  test.each([{}, { store: true }, { forceZip64: true }, { comment: 'PK\x05\x06 in a comment' }])(
    'the archiver library with %o has no finding',
    async (options) => {
      const archive = new ZipArchive(options);
      for (const [name, data] of Object.entries(FILES)) archive.append(data, { name });
      archive.file(join(directory, 't', 'noise'), { name: 'from a file' });
      archive.symlink('link', 'noise');
      void archive.finalize();
      await expectSound(await buffer(archive));
    },
  );

  test('zstd entries (method 93), the longest comment, and entries out of order has no finding', async () => {
    const data = noise(200_000, 4);
    const entries = [
      { name: 'packed', data, packed: zstdCompressSync(data), method: 93 },
      { name: 'stored', data: 'x' },
    ];
    const zip = zipOf(entries, { comment: Buffer.alloc(65_535, 'c') });
    expect((await checkZip(zip)).findings).toEqual([]);
    expect((await checkZip(outOfOrder(zipOf(entries)))).findings).toEqual([]);
  });
});

/** The same archive with the two headers of its directory exchanged. */
function outOfOrder(zip: Buffer): Buffer {
  const first = zip.indexOf('PK\x01\x02', 0, 'latin1');
  const second = zip.indexOf('PK\x01\x02', first + 4, 'latin1');
  const end = zip.indexOf('PK\x05\x06', second, 'latin1');
  return Buffer.concat([
    zip.subarray(0, first),
    zip.subarray(second, end),
    zip.subarray(first, second),
    zip.subarray(end),
  ]);
}
