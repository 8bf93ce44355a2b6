import { getRouteApi } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import { Ends } from './ends.tsx';
import { EntitlementActions } from './entitlement-actions.tsx';
import { KeyList } from './key-list.tsx';
import type { Entitlement } from './licences.words.ts';
import { LicencesPage } from './licences-page.tsx';
import { ProductLink } from './product-link.tsx';
import { SeatHolders } from './seat-holders.tsx';
import { UsageMark } from './usage-mark.tsx';
import '../parts/figures.css';

const route = getRouteApi('/licences/entitlements/$id');

/** One entitlement: how its seats stand, its term and contract, and its keys. */
export function EntitlementPage() {
  const { id } = route.useParams();
  const entitlement = $api.useQuery('get', '/entitlements/{id}', { params: { path: { id } } });
  return <Loaded query={entitlement}>{(found) => <Shown entitlement={found} />}</Loaded>;
}

function Shown({ entitlement }: { readonly entitlement: Entitlement }) {
  const { t } = useTranslation('licences');
  return (
    <LicencesPage title={entitlement.name} actions={<EntitlementActions entitlement={entitlement} />}>
      {entitlement.retired ? (
        <Alert
          className="problem"
          type="info"
          showIcon
          title={t('entitlement.retired', { reason: entitlement.retired.reason })}
        />
      ) : null}
      <Section title={t('usage.title')}>
        <Usage entitlement={entitlement} />
        <UsageMark entitlement={entitlement} />
      </Section>
      <Section title={t('holders.title')}>
        <SeatHolders entitlementId={entitlement.id} />
      </Section>
      <Section title={t('entitlement.term')}>
        <Term entitlement={entitlement} />
      </Section>
      <Section title={t('keys.title')}>
        <KeyList entitlementId={entitlement.id} />
      </Section>
    </LicencesPage>
  );
}

function Usage({ entitlement: { usage, emergencyReserve } }: { readonly entitlement: Entitlement }) {
  const { t } = useTranslation('licences');
  if (usage === null) return null;
  const figures = [
    ['usage.seats', usage.seats],
    ['usage.issued', usage.issued],
    ['usage.held', usage.usedPeak - usage.issued],
    ['usage.reserve', emergencyReserve],
    ['usage.free', usage.freeWithoutReserve],
    ['usage.freeWithReserve', usage.freeWithReserve],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([key, count]) => (
        <div key={key} className={key === 'usage.free' ? 'main' : undefined}>
          <dt>{t(key)}</dt>
          <dd>{count}</dd>
        </div>
      ))}
    </dl>
  );
}

function Term({ entitlement }: { readonly entitlement: Entitlement }) {
  const { t } = useTranslation('licences');
  const { overuse, cost } = entitlement;
  return (
    <Facts
      facts={[
        [t('product'), <ProductLink key="product" product={entitlement.product} />],
        [t('metric'), t(`basis.${entitlement.metric}`)],
        [t('entitlement.quantity'), entitlement.quantity],
        [t('entitlement.startsOn'), entitlement.startsOn],
        [t('ends.title'), <Ends key="ends" on={entitlement.endsOn} />],
        [t('ends.support'), entitlement.supportEndsOn && <Ends key="support" on={entitlement.supportEndsOn} />],
        [t('entitlement.contract'), entitlement.contract],
        [t('entitlement.cost'), cost && `${cost.amount} ${cost.currency}`],
        [t('entitlement.owner'), entitlement.owner?.name ?? null],
        [
          t('entitlement.overuse'),
          overuse.policy === 'deny' ? t('entitlement.deny') : t('entitlement.allow', { percent: overuse.percentMax }),
        ],
        [t('entitlement.note'), entitlement.note],
      ]}
    />
  );
}
