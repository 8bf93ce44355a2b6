import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Egress } from '../../../egress/egress.ts';
import { type PinnedDestination, pinnedLookup } from '../../../egress/pin.ts';
import { AppError } from '../../../kernel/errors.ts';
import { RemoteFault } from '../remote-fault.ts';
import { type S3Place, s3Destination } from './s3-place.ts';

type Handle = NodeHttpHandler['handle'];

/** A connection that nobody uses is kept for so long, or as long as the server says: many end one soon, some without a word. */
const IDLE_MS_MAX = 4000;

/** What carries requests: to one service, at addresses that egress has judged, and to nothing else, redirects included. */
export class PinnedHandler extends NodeHttpHandler {
  readonly #egress: Pick<Egress, 'pin'>;
  readonly #to: ReturnType<typeof s3Destination>;
  #pinned: PinnedDestination | undefined;

  /** @param silentMsMax a connection on which nothing moves for so long while an answer is waited for is given up. */
  constructor(place: S3Place, egress: Pick<Egress, 'pin'>, silentMsMax: number) {
    const options = {
      keepAlive: true,
      timeout: IDLE_MS_MAX,
      lookup: pinnedLookup(() => {
        if (this.#pinned === undefined) throw new Error('looked up before it was judged');
        return this.#pinned;
      }),
    };
    const httpAgent = watched(new HttpAgent(options), silentMsMax);
    const httpsAgent = watched(new HttpsAgent({ ...options, rejectUnauthorized: true }), silentMsMax);
    // Its own limits know neither a reader who is slow on purpose, nor a long upload that goes on.
    super({ httpAgent, httpsAgent, socketTimeout: 0 });
    this.#egress = egress;
    this.#to = s3Destination(place);
  }

  override async handle(...[request, options]: Parameters<Handle>): ReturnType<Handle> {
    const { scheme, host, port } = this.#to;
    const hostname = request.hostname.replace(/^\[(.*)\]$/, '$1');
    if (request.protocol !== `${scheme}:` || hostname !== host || (request.port ?? port) !== port) {
      throw new RemoteFault('egress-refused', `${hostname} is not where the repository is`);
    }
    this.#pinned = await this.#pin();
    return super.handle(request, options);
  }

  async #pin(): Promise<PinnedDestination> {
    try {
      return await this.#egress.pin(this.#to);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      throw new RemoteFault(thrown.code === 'egress-refused' ? 'egress-refused' : 'name-not-resolved', thrown.message);
    }
  }
}

/** Whoever reads a body at leisure takes its limit away meanwhile (`socket.setTimeout(0)`). */
function watched<A extends HttpAgent>(agent: A, silentMsMax: number): A {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = create(options, callback) as Socket;
    socket.setTimeout(silentMsMax);
    socket.on('timeout', () => {
      socket.destroy(new RemoteFault('timed-out', `the server has not answered for ${silentMsMax / 1000} seconds`));
    });
    return socket;
  };
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    reuse(socket, request);
    (socket as Socket).setTimeout(silentMsMax);
  };
  return agent;
}
