import type { Egress } from '../../egress/egress.ts';
import type { Keyring } from '../../secrets/keyring.ts';

/** What captures of foreign sources need. */
export interface CaptureMeans {
  /** Opens the passwords of sources. */
  readonly keyring: Keyring;
  /** Says where connections to sources may go. */
  readonly egress: Pick<Egress, 'pin'>;
  /** Where the administrator put the commands that may be run; undefined: none may. */
  readonly commandDirectory: string | undefined;
}
