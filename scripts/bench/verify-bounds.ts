import { spawnSync } from 'node:child_process';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 512;
const ENTRIES_AT_ONCE = 10_000;
const RATE_BYTES = 200 * 1024 ** 2;

/** Writes a tar of so many entries of 20 bytes each. */
export function makeManyEntries(path: string, entries: number): void {
  const file = openSync(path, 'w');
  const data = Buffer.alloc(BLOCK_BYTES).fill('x', 0, 20);
  for (let first = 0; first < entries; first += ENTRIES_AT_ONCE) {
    const blocks: Buffer[] = [];
    for (let index = first; index < Math.min(entries, first + ENTRIES_AT_ONCE); index += 1) {
      blocks.push(header(`dir-${Math.floor(index / 1000)}/file-${index}.txt`, 20), data);
    }
    writeSync(file, Buffer.concat(blocks));
  }
  writeSync(file, Buffer.alloc(2 * BLOCK_BYTES));
  closeSync(file);
}

function header(name: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(name, 0, 'latin1');
  block.write('0000644\0', 100, 'latin1');
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write('00000000000\0', 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\0' + '00', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Peak memory of whole processes above that of one which checks next to nothing, and how well a rate is kept. */
export function printBounds(muster: string, files: readonly string[], work: string): void {
  const peak = (file: string): number | undefined => {
    const run = spawnSync('sh', ['-c', `command time -f '%M' ${muster} verify --quiet ${file}`], {
      cwd: work,
      encoding: 'utf8',
    });
    const kibibytes = Number(run.stderr.trim().split('\n').at(-1));
    return Number.isFinite(kibibytes) && kibibytes > 0 ? kibibytes / 1024 : undefined;
  };
  const own = peak('tree.tar.sum');
  for (const file of files) {
    const whole = peak(file);
    if (own === undefined || whole === undefined) console.log('left out: peak memory (no time program here)');
    else
      console.log(
        `${(whole - own).toFixed(0).padStart(4)}  MB of memory above the ${own.toFixed(0)} MB of the runtime: ${file} (aim 128)`,
      );
  }
  const startedMs = performance.now();
  spawnSync('sh', ['-c', `${muster} verify --quiet --limit-rate ${RATE_BYTES} tree.tar`], { cwd: work });
  const seconds = (performance.now() - startedMs) / 1000;
  const wanted = statSync(join(work, 'tree.tar')).size / RATE_BYTES;
  console.log(
    `${(seconds / wanted).toFixed(2)}  of the time that --limit-rate asks for, start included (${seconds.toFixed(1)} s for ${wanted.toFixed(1)} s; aim within 0.10)`,
  );
}
