import { READ_BYTES } from './digester.ts';

/** Buffers in the ring: enough that neither thread waits for a short hold-up of the other. */
export const RING_SLOTS = 4;

/** Words of the control block. */
const WORD = { sent: 0, digested: 1, ended: 2, bell: 3, lengths: 4 } as const;

/** The two halves of the shared memory. */
export interface RingMemory {
  readonly control: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
}

/**
 * A ring of read buffers that two threads share: one fills them in order, the other digests (or packs) them in order. Each piece is
 * in the slot of its number. The reader never waits in a way that blocks its thread; the digesting thread does nothing else.
 */
export class DigestRing {
  readonly memory: RingMemory;
  readonly #control: Int32Array;
  readonly #slots: Buffer;

  constructor(memory?: RingMemory) {
    this.memory = memory ?? {
      control: new SharedArrayBuffer((WORD.lengths + RING_SLOTS) * Int32Array.BYTES_PER_ELEMENT),
      slots: new SharedArrayBuffer(RING_SLOTS * READ_BYTES),
    };
    this.#control = new Int32Array(this.memory.control);
    this.#slots = Buffer.from(this.memory.slots);
  }

  /** Begins a new file. Only when the other side is done with the last one. */
  reset(): void {
    this.#control.fill(0);
  }

  /** The buffer for piece `number`, once the piece that lay there before is digested. */
  slot(number: number): Buffer | Promise<Buffer> {
    const buffer = this.#bufferOf(number);
    return this.#digested() > number - RING_SLOTS ? buffer : this.#whenDigested(number, buffer);
  }

  /** Reader: piece `number` is in its slot. */
  send(number: number, bytes: number): void {
    Atomics.store(this.#control, WORD.lengths + (number % RING_SLOTS), bytes);
    Atomics.store(this.#control, WORD.sent, number + 1);
    this.#ring();
  }

  /** Reader: no more pieces come. */
  end(): void {
    Atomics.store(this.#control, WORD.ended, 1);
    this.#ring();
  }

  /** Digesting side: blocks until piece `number` is there, and gives it; undefined at the end. */
  receive(number: number): Buffer | undefined {
    for (;;) {
      const bell = Atomics.load(this.#control, WORD.bell);
      if (Atomics.load(this.#control, WORD.sent) > number) {
        const length = Atomics.load(this.#control, WORD.lengths + (number % RING_SLOTS));
        return this.#bufferOf(number).subarray(0, length);
      }
      if (Atomics.load(this.#control, WORD.ended) === 1) return undefined;
      Atomics.wait(this.#control, WORD.bell, bell);
    }
  }

  /** Digesting side: the slot of piece `number` is free again. */
  release(number: number): void {
    Atomics.store(this.#control, WORD.digested, number + 1);
    Atomics.notify(this.#control, WORD.digested);
  }

  /** Reader: nobody digests any more. All slots are free at once. */
  abandon(): void {
    Atomics.store(this.#control, WORD.digested, 0x7fff_ffff);
    Atomics.notify(this.#control, WORD.digested);
  }

  #bufferOf(number: number): Buffer {
    const at = (number % RING_SLOTS) * READ_BYTES;
    return this.#slots.subarray(at, at + READ_BYTES);
  }

  #digested(): number {
    return Atomics.load(this.#control, WORD.digested);
  }

  async #whenDigested(number: number, buffer: Buffer): Promise<Buffer> {
    for (let digested = this.#digested(); digested <= number - RING_SLOTS; digested = this.#digested()) {
      const waiting = Atomics.waitAsync(this.#control, WORD.digested, digested);
      if (waiting.async) await waiting.value;
    }
    return buffer;
  }

  #ring(): void {
    Atomics.add(this.#control, WORD.bell, 1);
    Atomics.notify(this.#control, WORD.bell);
  }
}
