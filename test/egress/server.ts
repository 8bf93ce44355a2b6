import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';
import { afterEach } from 'vitest';

const open: { server: Server; sockets: Set<Socket> }[] = [];

/** Closes what the test before opened, connections included. */
export function closeServers(): void {
  afterEach(async () => {
    for (const { server, sockets } of open.splice(0)) {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

/** An HTTP server on a loopback address. @returns its port. */
export const serveHttp = (handle: RequestListener, address = '127.0.0.1', port = 0) =>
  listen(createServer(handle), address, port);

/** A server that speaks bytes: for answers that no HTTP server would give. */
export const serveBytes = (handle: (socket: Socket) => void, address = '127.0.0.1') =>
  listen(
    createSocketServer((socket) => {
      socket.on('error', () => {});
      handle(socket);
    }),
    address,
    0,
  );

export async function listen(server: Server, address: string, port: number): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  open.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return (server.address() as AddressInfo).port;
}
