import { Socket } from 'node:net';

/**
 * A socket that hands everything written in one turn of the event loop to the system in one call. A statement is five
 * messages, and several statements are often sent together; the calls cost more than what is in them.
 */
export class BatchingSocket extends Socket {
  #isGathering = false;

  override connect(...where: unknown[]): this {
    // Sound: the overloads of `connect` take no more than these arguments.
    super.connect(...(where as [number, string]));
    // Node's `connect` puts its own `write` on the socket.
    Reflect.deleteProperty(this, 'write');
    return this;
  }

  override write(...written: unknown[]): boolean {
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.cork();
      process.nextTick(() => {
        this.#isGathering = false;
        this.uncork();
      });
    }
    // Sound: the overloads of `write` take no more than these arguments.
    return super.write(...(written as [string]));
  }
}
