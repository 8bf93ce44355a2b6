import type { Principal } from './principal.ts';

/** Whoever asks for a change, as use cases take it. A write request is one. */
export interface Caller {
  readonly principal: Principal;
  readonly requestId: string;
}
