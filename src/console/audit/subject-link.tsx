import { type ThingKind, ThingLink } from '../parts/thing-link.tsx';

/** The kinds of things of the trail that have pages, as the console calls them. */
const KINDS: Readonly<Record<string, ThingKind>> = {
  service: 'service',
  'drill-run': 'drill-run',
  'backup-set': 'backup-set',
  'recovery-point': 'recovery-point',
  part: 'part',
  'licence-product': 'product',
  alert: 'alert',
  incident: 'incident',
  'sla-clock': 'sla-clock',
  'sla-policy': 'sla-policy',
};

interface SubjectLinkProps {
  readonly subject: { readonly kind: string; readonly id: string };
}

/** The thing that an entry is about, with the way to it where it has a page. */
export function SubjectLink({ subject: { kind, id } }: SubjectLinkProps) {
  const known = KINDS[kind];
  const name = <span className="code">{id}</span>;
  return (
    <>
      {kind}{' '}
      {known ? (
        <ThingLink kind={known} id={id}>
          {name}
        </ThingLink>
      ) : (
        name
      )}
    </>
  );
}
