import { hostname } from 'node:os';

/** Where a service that listens on this address is reached; on all addresses: under the machine's name. */
export function serviceUrl(host: string, port: number): string {
  const shown = host === '0.0.0.0' || host === '::' ? hostname() : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
