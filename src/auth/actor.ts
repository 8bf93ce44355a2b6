import type { Actor } from '../audit/entry.ts';
import type { Caller } from './caller.ts';
import type { Principal } from './principal.ts';

/** Who asked for a change, as the audit trail wants it. `{ actor: SYSTEM_ACTOR }` for the service itself and the CLI. */
export interface Origin {
  readonly actor: Actor;
  readonly requestId?: string;
}

/** The principal as the audit trail names it. */
function actorOf(principal: Principal): Actor {
  return { principalId: principal.id, name: principal.name };
}

/** The origin of a change that came as a request. */
export function originOf(caller: Caller): Origin {
  return { actor: actorOf(caller.principal), requestId: caller.requestId };
}
