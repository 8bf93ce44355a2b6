import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** Something on a port of 127.0.0.1 that is no PostgreSQL; `greet` is called with each connection. */
export async function otherServer(greet: (socket: Socket) => void): Promise<{ port: number; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {
      // The client has gone, as it should.
    });
    greet(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('A listening server has an address');
  return {
    port: address.port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Speaks as much of the protocol as says that the server is of this version, whatever it is asked. */
export function serverOfVersion(versionNumber: number): (socket: Socket) => void {
  return (socket) => {
    let greeted = false;
    socket.on('data', (data) => {
      if (!greeted) {
        greeted = true;
        socket.write(Buffer.concat([message('R', Buffer.from([0, 0, 0, 0])), READY]));
        return;
      }
      socket.write(answerTo(data, String(versionNumber)));
    });
  };
}

const message = (type: string, body: Buffer) => {
  const header = Buffer.alloc(5);
  header.write(type, 0, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
};
const READY = message('Z', Buffer.from('I'));
const DESCRIPTION = message(
  'T',
  Buffer.concat([
    Buffer.from([0, 1]),
    Buffer.from('version\0'),
    Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 25, 255, 255, 255, 255, 255, 255, 0, 0]),
  ]),
);

/** One row with one text, to a plain query and to a prepared one alike. */
function answerTo(data: Buffer, text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(text.length);
  const row = message('D', Buffer.concat([Buffer.from([0, 1]), length, Buffer.from(text)]));
  const done = message('C', Buffer.from('SELECT 1\0'));
  const isPrepared = data.toString('latin1', 0, 1) === 'P';
  const before = isPrepared ? [message('1', Buffer.alloc(0)), message('2', Buffer.alloc(0))] : [];
  return Buffer.concat([...before, DESCRIPTION, row, done, READY]);
}
