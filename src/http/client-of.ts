import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import type { Arrival, Client } from '../auth/arrival.ts';
import { contextOf } from './request-context.ts';

/** What a browser says about itself is kept as far as a person would read it. */
const AGENT_LENGTH_MAX = 200;

/** A proxy that is trusted and is not there leaves the address to the client: it may be any text. */
const ADDRESS_LENGTH_MAX = 64;

/** From where a request comes. The address is the client's own where the reverse proxies in front are trusted. */
export function clientOf(request: Request): Client {
  const { ip, headers } = request;
  return {
    address: printable(ip, ADDRESS_LENGTH_MAX) ?? 'unknown',
    network: ipKeyGenerator(ip ?? 'unknown'),
    agent: printable(headers['user-agent'], AGENT_LENGTH_MAX),
  };
}

function printable(text: string | undefined, lengthMax: number): string | null {
  return text?.replaceAll(/[^\x20-\x7e]/g, '').slice(0, lengthMax) || null;
}

/** How a request to sign in arrives: from where, and with which session, which it replaces. */
export function arrivalOf(request: Request): Arrival {
  const { credential, requestId } = contextOf(request);
  const presented = credential?.kind === 'session' ? credential.digest : undefined;
  return { client: clientOf(request), requestId, presented };
}
