import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { UnpackFailure } from '../unpack-failure.ts';
import type { TreeActions } from './tree-files.ts';
import type { StepBatch, TreeStep, WritingTask } from './write-tree.worker.ts';

/** What the thread that writes has met. */
export class WritingFailed extends Error {
  readonly failure: UnpackFailure;

  constructor(failure: UnpackFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

const CHUNK_BYTES = 1_048_576;
const CHUNKS = 8;
/** Steps that are given at a time: a message costs as much as a small file. */
const STEPS_MAX = 256;

/** The file that is being given. */
interface OpenFile {
  readonly path: string;
  readonly mode: number;
  /** Of its bytes those that lie in the chunk that is being filled. */
  start: number;
  length: number;
  /** The thread knows of it: what follows are pieces. */
  isBegun: boolean;
}

/**
 * Has the steps carried out by a thread of its own: while that waits for the file system, more is unpacked and digested here.
 * They go there in batches, their bytes through memory that both share; whoever is too far ahead waits. Blocks its thread.
 * @throws WritingFailed for what the other thread has met, some steps later.
 */
export class TreeQueue implements TreeActions {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #bytes: Buffer;
  /** How many batches are done, and whether one failed. */
  readonly #progress = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  #given = 0;
  #steps: TreeStep[] = [];
  #filled = 0;
  #file: OpenFile | undefined;

  constructor(root: string) {
    const memory = new SharedArrayBuffer(CHUNKS * CHUNK_BYTES);
    this.#bytes = Buffer.from(memory);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const task: WritingTask = { root, memory, progress: this.#progress, port: port2 };
    this.#worker = new Worker(new URL('./write-tree.worker.ts', import.meta.url), {
      workerData: task,
      transferList: [port2],
    });
  }

  directory(path: string): void {
    this.#step(['directory', path]);
  }

  create(path: string, mode: number): void {
    this.#file = { path, mode, start: this.#filled, length: 0, isBegun: false };
  }

  write(bytes: Buffer): void {
    const file = this.#openFile();
    for (let done = 0; done < bytes.length; ) {
      if (this.#filled === CHUNK_BYTES) this.#send();
      const length = Math.min(bytes.length - done, CHUNK_BYTES - this.#filled);
      bytes.copy(this.#bytes, this.#chunk() * CHUNK_BYTES + this.#filled, done, done + length);
      this.#filled += length;
      file.length += length;
      done += length;
    }
  }

  finish(mtimeSeconds: number | undefined): void {
    const { path, mode, start, length, isBegun } = this.#openFile();
    this.#file = undefined;
    if (isBegun && length > 0) this.#steps.push(['write', start, length]);
    this.#step(isBegun ? ['finish', mtimeSeconds] : ['file', path, mode, mtimeSeconds, start, length]);
  }

  link(path: string, target: string): void {
    this.#step(['link', path, target]);
  }

  symlink(path: string, target: string): void {
    this.#step(['symlink', path, target]);
  }

  touch(path: string, mtimeSeconds: number): void {
    this.#step(['touch', path, mtimeSeconds]);
  }

  settle(): void {
    this.#send();
    this.#waitFor(this.#given);
  }

  async close(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
  }

  #openFile(): OpenFile {
    if (this.#file === undefined) throw new RangeError('no file is open');
    return this.#file;
  }

  #step(step: TreeStep): void {
    this.#steps.push(step);
    if (this.#steps.length >= STEPS_MAX) this.#send();
  }

  #chunk(): number {
    return this.#given % CHUNKS;
  }

  #send(): void {
    const file = this.#file;
    if (file !== undefined) {
      if (!file.isBegun) this.#steps.push(['create', file.path, file.mode]);
      if (file.length > 0) this.#steps.push(['write', file.start, file.length]);
      Object.assign(file, { isBegun: true, start: 0, length: 0 });
    }
    this.#port.postMessage({ steps: this.#steps, offset: this.#chunk() * CHUNK_BYTES } satisfies StepBatch);
    this.#steps = [];
    this.#filled = 0;
    this.#given += 1;
    // The chunk that is filled next must not be in use any more.
    this.#waitFor(this.#given - CHUNKS + 1);
  }

  #waitFor(batches: number): void {
    for (;;) {
      const done = Atomics.load(this.#progress, 0);
      if (Atomics.load(this.#progress, 1) !== 0) {
        throw new WritingFailed(receiveMessageOnPort(this.#port)?.message as UnpackFailure);
      }
      if (done >= batches) return;
      Atomics.wait(this.#progress, 0, done);
    }
  }
}
