import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to a server that can be made to fail. */
export interface FaultyLine {
  readonly port: number;
  /** Connections that were made so far. */
  readonly connections: () => number;
  /** Cuts the connection that next carries more than so many bytes in this direction, once; for good: and refuses others. */
  cutAfter(bytes: number, direction: 'down' | 'up', isForGood?: boolean): void;
  /** Bytes that came from the server so far. */
  readonly carriedDown: () => number;
  /** Calls once when so many more have come from the server. */
  afterBytes(bytes: number, call: () => void): void;
  /** Whether nothing is let through any more: nobody says that the line is dead. */
  isDead: boolean;
  /** Whether connections are refused. */
  refuse(isRefusing: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Opens a line to a port of this machine. */
export async function openLine(target: number): Promise<FaultyLine> {
  let cut: { readonly bytes: number; readonly direction: 'down' | 'up'; readonly isForGood: boolean } | undefined;
  let count = 0;
  let down = 0;
  let awaited: { readonly bytes: number; readonly call: () => void } | undefined;
  const countDown = (bytes: number) => {
    down += bytes;
    if (awaited === undefined || down < awaited.bytes) return;
    const { call } = awaited;
    awaited = undefined;
    call();
  };
  const sockets = new Set<Socket>();
  const line = { isDead: false };
  const server = createServer((near) => {
    count += 1;
    const far = connect(target, '127.0.0.1');
    const both = [near, far];
    const end = () => {
      for (const socket of both) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    let cutHere = cut;
    const carry = (from: Socket, to: Socket, direction: 'down' | 'up') => {
      let carried = 0;
      from.on('data', (bytes: Buffer) => {
        if (line.isDead) return;
        cutHere ??= cut;
        carried += bytes.length;
        if (direction === 'down') countDown(bytes.length);
        if (cutHere?.direction === direction && cutHere === cut && carried > cutHere.bytes) {
          cut = undefined;
          if (cutHere.isForGood) server.close();
          end();
        } else to.write(bytes);
      });
    };
    carry(near, far, 'up');
    carry(far, near, 'down');
    for (const socket of both) {
      sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return Object.assign(line, {
    port,
    connections: () => count,
    carriedDown: () => down,
    afterBytes(bytes: number, call: () => void) {
      awaited = { bytes: down + bytes, call };
    },
    cutAfter(bytes: number, direction: 'down' | 'up', isForGood = false) {
      cut = { bytes, direction, isForGood };
    },
    refuse: (isRefusing: boolean) => (isRefusing ? stop() : listen(port)),
    close: stop,
  });
}
