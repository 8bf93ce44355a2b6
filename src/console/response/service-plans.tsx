import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import { PlanVerdict } from './plan-verdict.tsx';
import { REFRESH_MS } from './response-data.ts';
import './response.css';

/** The response plan that holds for a service at each level, and whether it could be carried out now. */
export function ServicePlans({ id }: { readonly id: string }) {
  const { t } = useTranslation('response');
  const query = $api.useQuery(
    'get',
    '/services/{id}/plan-readiness',
    { params: { path: { id } } },
    { refetchInterval: REFRESH_MS },
  );
  return (
    <Section title={t('plans.title')}>
      <Loaded query={query}>
        {({ plans }) =>
          plans.length === 0 ? (
            <p>{t('plans.noneOfService')}</p>
          ) : (
            plans.map((readiness) => <PlanVerdict key={readiness.plan.id} readiness={readiness} />)
          )
        }
      </Loaded>
    </Section>
  );
}
