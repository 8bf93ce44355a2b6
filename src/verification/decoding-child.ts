import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { DecodedConsumer, DecodeOptions } from './decoder.ts';
import type { DecodingProgram } from './seven-zip.ts';

/** How a program is started: as `spawn` of `node:child_process`. */
export type SpawnProgram = (
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly stdio: 'pipe' },
) => ChildProcessWithoutNullStreams;

/** What a decoder needs that works in a process of its own. */
export interface ChildDecodeOptions extends DecodeOptions {
  /** Starts the program; for tests. */
  readonly spawn?: SpawnProgram | undefined;
}

/**
 * How a child ended: it decoded everything, it says that the bytes are bad, or it says nothing about the bytes because it
 * could not be started or was ended from outside.
 */
export type ChildEnd =
  | { readonly how: 'decoded' }
  | { readonly how: 'refused'; readonly message: string }
  | { readonly how: 'absent'; readonly message: string };

/** What is kept of a child's complaints. */
const COMPLAINT_CHARS_MAX = 4096;

/** Statuses of 7-Zip that speak about its own troubles: not enough memory, stopped by the user, wrong command line. */
const STATUSES_OF_ITS_OWN: ReadonlySet<number> = new Set([7, 8, 255]);

/**
 * A program in a process of its own that decodes what it is given. It gets no shell, no environment and no file. What it puts
 * out is consumed during `write` and `end` only, one piece after the other; what it may be ahead is what fits into the pipes.
 */
export class DecodingChild {
  /** Known once the child is gone. */
  end: ChildEnd | undefined;
  readonly #consume: DecodedConsumer;
  readonly #child: ChildProcessWithoutNullStreams | undefined;
  readonly #gone: Promise<void>;
  #complaint = '';
  /** Pieces that came although the output was held: Node lets all of it out once the child is gone. */
  readonly #queue: Buffer[] = [];
  #isInStep = false;
  #consuming: Promise<void> | undefined;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(program: DecodingProgram, consume: DecodedConsumer, start: SpawnProgram = spawn) {
    this.#consume = consume;
    try {
      const options = { cwd: '/', env: { LC_ALL: 'C' }, stdio: 'pipe' } as const;
      this.#child = start(program.command, program.args, options);
      this.#gone = this.#watch(this.#child, program.command);
    } catch (thrown) {
      this.#gone = Promise.resolve();
      this.#endAbsent(program.command, thrown);
    }
  }

  /** Gives the child these bytes. Done when they are on their way, or when the child is gone. */
  async write(bytes: Buffer): Promise<void> {
    const child = this.#child;
    if (child === undefined || this.end !== undefined) return;
    await this.#step(async () => {
      const error = await new Promise((resolve) => child.stdin.write(bytes, resolve));
      // A child that takes no more is about to end: what it put out is still to come.
      if (error) await this.#gone;
    });
  }

  /** Says that there is no more, and waits until the child has put out the last bytes and is gone. */
  async finish(): Promise<ChildEnd> {
    this.#child?.stdin.end();
    await this.#step(() => this.#gone);
    return this.end ?? { how: 'absent', message: 'the decoder did not end' };
  }

  /** Ends the child at once. What it did not put out yet is lost. */
  close(): void {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGKILL');
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy();
  }

  /** Lets output through until the work is done and no piece of it is with the consumer. */
  async #step(work: () => Promise<void>): Promise<void> {
    this.#isInStep = true;
    this.#letFlow();
    await work();
    while (this.end !== undefined && this.#queue.length > 0 && this.#failure === undefined) await this.#consuming;
    this.#isInStep = false;
    this.#letFlow();
    while (this.#consuming !== undefined) await this.#consuming;
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }

  #letFlow(): void {
    while (this.#canConsume && this.#queue.length > 0) this.#hand(this.#queue.shift() ?? Buffer.alloc(0));
    if (this.#canConsume) this.#child?.stdout.resume();
    else this.#child?.stdout.pause();
  }

  get #canConsume(): boolean {
    return this.#isInStep && this.#consuming === undefined && this.#failure === undefined;
  }

  #watch(child: ChildProcessWithoutNullStreams, command: string): Promise<void> {
    child.stdout.on('data', (decoded: Buffer) => {
      if (this.#canConsume) this.#hand(decoded);
      else this.#queue.push(decoded);
    });
    child.stdout.pause();
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(0, COMPLAINT_CHARS_MAX);
    });
    // The child may end before it has read all: EPIPE says nothing that its end does not say.
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on('error', () => undefined);
    return new Promise((resolve) => {
      child.on('error', (error) => {
        this.#endAbsent(command, error);
        if (child.pid === undefined) resolve();
      });
      child.on('close', (status, signal) => {
        this.end ??= endOf(status, signal, this.#complaint.trim());
        resolve();
      });
    });
  }

  #hand(decoded: Buffer): void {
    try {
      const step = this.#consume(decoded);
      if (step === undefined) return;
      this.#consuming = step.then(
        () => this.#consumed(),
        (thrown: unknown) => this.#failWith(thrown),
      );
      this.#child?.stdout.pause();
    } catch (thrown) {
      this.#failWith(thrown);
    }
  }

  #consumed(): void {
    this.#consuming = undefined;
    this.#letFlow();
  }

  /** The consumer is broken: nobody wants the rest. */
  #failWith(thrown: unknown): void {
    this.#failure ??= { thrown };
    this.#consumed();
    this.close();
  }

  #endAbsent(command: string, thrown: unknown): void {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    this.end ??= { how: 'absent', message: `${command} could not be started (${why})` };
  }
}

function endOf(status: number | null, signal: string | null, complaint: string): ChildEnd {
  if (status === 0) return { how: 'decoded' };
  const words = complaint.split('\n')[0] ?? '';
  if (status === null) return { how: 'absent', message: `the decoder was ended by ${signal ?? 'a signal'}` };
  if (STATUSES_OF_ITS_OWN.has(status) || words === '') {
    return { how: 'absent', message: `the decoder ended with status ${status} ${words}`.trim() };
  }
  return { how: 'refused', message: words.replace(/^ERROR: /, '').replace(/ : ~?$/, '') };
}
