import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How much of the tree is what, as shares of its bytes. */
const SHARES = { sources: 0.35, logs: 0.25, noise: 0.4 } as const;
const SOURCE_BYTES = 8_000;
const SOURCES_IN_DIRECTORY = 200;
const LARGE_BYTES = 16 * 1024 ** 2;

/** Writes a mixed tree: many small files that compress well, logs that compress very well, large ones that do not at all. */
export function makeTree(directory: string, bytes: number): { readonly files: number } {
  const words = wordsOf(4_000);
  let files = 0;
  const sources = Math.round((bytes * SHARES.sources) / SOURCE_BYTES);
  for (let index = 0; index < sources; index += 1) {
    const below = join(directory, `src-${Math.floor(index / SOURCES_IN_DIRECTORY)}`);
    if (index % SOURCES_IN_DIRECTORY === 0) mkdirSync(below, { recursive: true });
    writeFileSync(join(below, `module-${index}.txt`), text(words, SOURCE_BYTES * (0.2 + 1.6 * drawn(index)), index));
    files += 1;
  }
  for (let at = 0; at < bytes * SHARES.logs; at += LARGE_BYTES) {
    writeFileSync(join(directory, `log-${files}.log`), text(words.slice(0, 300), LARGE_BYTES, files));
    files += 1;
  }
  for (let at = 0; at < bytes * SHARES.noise; at += LARGE_BYTES) {
    writeFileSync(join(directory, `noise-${files}.bin`), noise(LARGE_BYTES, files));
    files += 1;
  }
  return { files };
}

/** Packs the tree in every way for which this machine has the tool; answers what it could not make. */
export function packTree(work: string): { readonly made: readonly string[]; readonly left: readonly string[] } {
  const steps: readonly (readonly [file: string, tool: string, script: string])[] = [
    ['tree.tar', 'tar', 'tar -cf tree.tar tree'],
    ['tree.tar.gz', 'gzip', `${has('pigz') ? 'pigz' : 'gzip'} -c tree.tar > tree.tar.gz`],
    ['tree.tar.zst', 'zstd', 'zstd -q -3 -T0 -c tree.tar > tree.tar.zst'],
    ['tree.zip', 'zip', 'zip -q -1 -r tree.zip tree'],
    ['tree.tar.xz', 'xz', 'xz -1 -T1 -c tree.tar > tree.tar.xz'],
  ];
  const made: string[] = [];
  const left: string[] = [];
  for (const [file, tool, script] of steps) {
    if (!has(tool)) left.push(`${file}: this machine has no ${tool}`);
    else {
      execFileSync('sh', ['-c', script], { cwd: work });
      execFileSync('sh', ['-c', `sha256sum ${file} > ${file}.sum`], { cwd: work });
      made.push(file);
    }
  }
  return { made, left };
}

export function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** The same pseudo-random number for the same seed, from 0 to 1. */
function drawn(seed: number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32LE(0) / 2 ** 32;
}

function wordsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    createHash('sha256')
      .update(`word ${index}`)
      .digest('base64url')
      .slice(0, 3 + (index % 9)),
  );
}

function text(words: readonly string[], bytes: number, seed: number): string {
  const pieces: string[] = [];
  let state = Math.floor(drawn(seed) * 2 ** 31);
  for (let length = 0; length < bytes; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    const word = words[(state >>> 8) % words.length] ?? '';
    pieces.push(word, state % 11 === 0 ? '\n' : ' ');
    length += word.length + 1;
  }
  return pieces.join('');
}

function noise(bytes: number, seed: number): Buffer {
  const block = createHash('shake256', { outputLength: 1024 ** 2 })
    .update(String(seed))
    .digest();
  const result = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += block.length) {
    block.copy(result, at);
    // No two blocks are alike, and none compresses.
    for (let index = 0; index < block.length; index += 4096)
      block.writeUInt32LE((block.readUInt32LE(index) * 2654435761) >>> 0, index);
    block.reverse();
  }
  return result;
}
