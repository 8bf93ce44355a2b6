import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll } from 'vitest';

/** A message as it came in. */
export interface Received {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> };
}

export type Answer = (response: ServerResponse, message: Received, request: IncomingMessage) => void;

/** A real receiver on a loopback address. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How the messages from now on are answered. */
  answer: Answer;
}

const opened: { close(): Promise<void> }[] = [];

/** Ends the receivers of the file behind its tests. */
export function closeReceivers(): void {
  afterAll(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
}

/** Starts a receiver that answers 204 unless told otherwise. */
export async function startReceiver(): Promise<Receiver> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => void take(request, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/a-token-in-the-path`,
    received: [],
    answer: accept,
  };
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const headers = request.headers as Record<string, string>;
    const message = { id: headers['webhook-id'] ?? '', headers, text, body: JSON.parse(text) };
    receiver.received.push(message);
    receiver.answer(response, message, request);
  }
  return receiver;
}

const accept: Answer = (response) => response.writeHead(204).end();

/** Answers a status, and other things when they are given. */
export const answering =
  (status: number, { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

/** Whether a receiver with this secret takes the message for genuine: judged by the specification's own library. */
export function isGenuine(secret: string, { headers, text }: Received): boolean {
  try {
    new Webhook(secret).verify(text, { ...headers });
    return true;
  } catch {
    return false;
  }
}
