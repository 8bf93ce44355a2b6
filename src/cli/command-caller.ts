import type { Caller } from '../auth/caller.ts';
import { systemCaller } from '../auth/system-caller.ts';
import { cliActor } from './sign-in-link.ts';

/** Whoever runs the command: on this machine they may do everything, and the audit trail names them as {@link cliActor}. */
export function commandCaller(): Caller {
  return systemCaller(cliActor().name);
}
