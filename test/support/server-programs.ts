import { findBinaries, type PostgresBinaries } from '../../src/database/server/binaries.ts';
import { probeRunAs, type RunAs } from '../../src/database/server/run-as.ts';

/** The programs of the embedded server, and how they are run here. */
interface ServerPrograms {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
}

let found: Promise<ServerPrograms> | undefined;

/** Finds them once for all files of a worker: each look starts the programs themselves, twice. */
export function serverPrograms(): Promise<ServerPrograms> {
  found ??= find();
  return found;
}

async function find(): Promise<ServerPrograms> {
  const binaries = await findBinaries();
  return { binaries, runAs: await probeRunAs({ binaries }) };
}
