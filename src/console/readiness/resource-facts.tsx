import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import type { Readiness, ResourceRow } from './readiness.ts';

interface ResourceFactsProps {
  readonly resources: Readiness['resources'];
  readonly criticality: Readiness['service']['criticality'];
}

/** What the recovery of a service needs against what is there, with what of it is kept for emergencies. */
export function ResourceFacts({ resources, criticality }: ResourceFactsProps) {
  const { t } = useTranslation('readiness');
  if (resources.length === 0) return <p className="quiet">{t('noResources')}</p>;
  return (
    <ul className="plain">
      {resources.map((row) => (
        <li key={`${row.kind} ${row.name}`}>
          <span className="quiet">{t(`kind.${row.kind}`)}</span> <ResourceName row={row} />
          <p className="measured">
            <ResourceMark row={row} /> <span>{t('ofRequired', { usable: row.usable, required: row.required })}</span>
            {row.reserve > 0 ? (
              <span className="quiet">
                {t(criticality === 'emergency' ? 'fromReserve' : 'besideReserve', { count: row.reserve })}
              </span>
            ) : null}
          </p>
        </li>
      ))}
    </ul>
  );
}

function ResourceName({ row }: { readonly row: ResourceRow }) {
  if (row.id === null) return <strong>{row.name}</strong>;
  return (
    <ThingLink kind={row.kind === 'spare' ? 'part' : 'product'} id={row.id}>
      {row.name}
    </ThingLink>
  );
}

function ResourceMark({ row }: { readonly row: ResourceRow }) {
  const { t } = useTranslation('readiness');
  if (row.verdict.startsWith('unknown') || row.verdict.startsWith('ambiguous')) {
    return <Mark tone="warn">{t('unknown')}</Mark>;
  }
  if (row.short > 0) return <Mark tone="bad">{t('short', { count: row.short })}</Mark>;
  return <Mark tone="good">{t('covered')}</Mark>;
}
