import { type ThingKind, ThingLink } from '../parts/thing-link.tsx';
import type { Alert } from './alert-data.ts';

/** Kinds of subjects that the console has a page for, as links name them. */
const LINKED: Readonly<Record<string, ThingKind>> = {
  'backup-set': 'backup-set',
  service: 'service',
  part: 'part',
  'sla-clock': 'sla-clock',
};

/** What an alert is about, as a link where the console shows such a thing. */
export function AlertSubject({ subject }: Pick<Alert, 'subject'>) {
  const kind = LINKED[subject.kind];
  if (!kind || subject.id === null) return <>{subject.name}</>;
  return (
    <ThingLink kind={kind} id={subject.id}>
      {subject.name}
    </ThingLink>
  );
}
