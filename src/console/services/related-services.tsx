import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import { ConclusionMark } from '../readiness/conclusion-mark.tsx';
import type { Readiness } from '../readiness/readiness.ts';

/** As many as a service may depend on. */
const LIMIT = 100;

/** What must run before a service, and what needs it, each with whether it could be recovered now. */
export function RelatedServices({ id }: { readonly id: string }) {
  const { t } = useTranslation('services');
  const needed = $api.useQuery('get', '/readiness', { params: { query: { neededBy: id, limit: LIMIT } } });
  const dependents = $api.useQuery('get', '/readiness', { params: { query: { dependsOn: id, limit: LIMIT } } });
  return (
    <>
      <Section title={t('dependencies')}>
        <Loaded query={needed}>{({ items }) => <Related items={items} none={t('noDependencies')} />}</Loaded>
      </Section>
      <Section title={t('dependents')}>
        <Loaded query={dependents}>{({ items }) => <Related items={items} none={t('noDependents')} />}</Loaded>
      </Section>
    </>
  );
}

function Related({ items, none }: { readonly items: readonly Readiness[]; readonly none: string }) {
  if (items.length === 0) return <p>{none}</p>;
  return (
    <ul className="plain">
      {items.map(({ service, conclusion }) => (
        <li key={service.id}>
          <Link to="/services/$id" params={{ id: service.id }}>
            {service.name}
          </Link>{' '}
          <ConclusionMark conclusion={conclusion} />
        </li>
      ))}
    </ul>
  );
}
