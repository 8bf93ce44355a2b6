import { type MessagePort, workerData } from 'node:worker_threads';
import { unpackFailureOf } from '../unpack-failure.ts';
import { TreeFiles } from './tree-files.ts';

/** What the thread is given. */
export interface WritingTask {
  readonly root: string;
  /** Where the bytes of the steps are. */
  readonly memory: SharedArrayBuffer;
  /** How many batches are done, and whether one failed: then its `UnpackFailure` comes through the port. */
  readonly progress: Int32Array;
  readonly port: MessagePort;
}

/** A step of `TreeActions` by its name; bytes by where they begin in the batch's part of the memory, and how many they are. */
export type TreeStep =
  | readonly ['directory', path: string]
  /** A whole file. */
  | readonly ['file', path: string, mode: number, mtimeSeconds: number | undefined, start: number, length: number]
  | readonly ['create', path: string, mode: number]
  | readonly ['write', start: number, length: number]
  | readonly ['finish', mtimeSeconds: number | undefined]
  | readonly ['link', path: string, target: string]
  | readonly ['symlink', path: string, target: string]
  | readonly ['touch', path: string, mtimeSeconds: number];

/** What it is told, again and again. */
export interface StepBatch {
  readonly steps: readonly TreeStep[];
  /** Where its part of the memory begins. */
  readonly offset: number;
}

const { root, memory, progress, port } = workerData as WritingTask;
const files = new TreeFiles(root);
const bytes = Buffer.from(memory);
let hasFailed = false;

function carryOut(step: TreeStep, piece: (start: number, length: number) => Buffer): void {
  if (step[0] === 'file') {
    const [, path, mode, mtimeSeconds, start, length] = step;
    files.create(path, mode);
    files.write(piece(start, length));
    files.finish(mtimeSeconds);
  } else if (step[0] === 'directory') files.directory(step[1]);
  else if (step[0] === 'create') files.create(step[1], step[2]);
  else if (step[0] === 'write') files.write(piece(step[1], step[2]));
  else if (step[0] === 'finish') files.finish(step[1]);
  else if (step[0] === 'touch') files.touch(step[1], step[2]);
  else if (step[0] === 'link') files.link(step[1], step[2]);
  else files.symlink(step[1], step[2]);
}

port.on('message', ({ steps, offset }: StepBatch) => {
  const piece = (start: number, length: number) => bytes.subarray(offset + start, offset + start + length);
  try {
    if (!hasFailed) for (const step of steps) carryOut(step, piece);
  } catch (thrown) {
    hasFailed = true;
    port.postMessage(unpackFailureOf(thrown));
    Atomics.store(progress, 1, 1);
  }
  Atomics.add(progress, 0, 1);
  Atomics.notify(progress, 0);
});
