import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { AllocationActions } from './allocation-actions.tsx';
import { AllocationLines } from './allocation-lines.tsx';
import { SparesPage } from './spares-page.tsx';
import type { Allocation } from './words.ts';

const route = getRouteApi('/spares/out/$id');

/** One check-out, hold or reservation: who has what of it until when, and what can be done with it. */
export function AllocationPage() {
  const { id } = route.useParams();
  const { form } = route.useSearch();
  const path = form === 'hold' ? '/holds/{id}' : form === 'reservation' ? '/reservations/{id}' : '/checkouts/{id}';
  const allocation = $api.useQuery('get', path, { params: { path: { id } } });
  return <Loaded query={allocation}>{(found) => <Shown allocation={found} />}</Loaded>;
}

function Shown({ allocation }: { readonly allocation: Allocation }) {
  const { t } = useTranslation('spares');
  const can = useCan();
  return (
    <SparesPage title={`${allocation.code} · ${t(`form.${allocation.form}`)}`}>
      <Section title={t('out.facts')}>
        <AllocationFacts allocation={allocation} />
      </Section>
      {can('allocation.operate') ? <AllocationActions allocation={allocation} /> : null}
      <Section title={t('out.lines')}>
        <AllocationLines allocation={allocation} />
      </Section>
    </SparesPage>
  );
}

function AllocationFacts({ allocation }: { readonly allocation: Allocation }) {
  const { t } = useTranslation('spares');
  const { holder, purpose, severity, service, note, reserveReason, emergencyCase, createdBy, createdAt } = allocation;
  return (
    <Facts
      facts={[
        [t('holder.title'), `${holder.name} (${t(`holderKind.${holder.kind}`)})`],
        [
          t('out.purpose'),
          severity ? `${t(`purpose.${purpose}`)} (${t(`severity.${severity}`)})` : t(`purpose.${purpose}`),
        ],
        [t('unit.service'), service?.name ?? null],
        [t('note'), note],
        [t('out.reserveReason'), reserveReason],
        [t('out.emergencyCase'), emergencyCase],
        [t('out.from'), <Moment key="created" at={createdAt} />],
        [t('out.createdBy'), createdBy?.name ?? null],
      ]}
    />
  );
}
