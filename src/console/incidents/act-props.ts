import type { Incident } from './incident-data.ts';

/** What the dialog of an act is given. */
export interface ActProps {
  readonly incident: Incident;
  readonly onClose: () => void;
}
