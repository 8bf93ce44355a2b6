import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { Section } from '../parts/section.tsx';
import { HolderPicker } from './holder-picker.tsx';
import { AllocationList, OverdueList } from './out-lists.tsx';
import type { OutSearch } from './spares.search.ts';
import { SparesPage } from './spares-page.tsx';
import { PURPOSES } from './words.ts';

const route = getRouteApi('/spares/out');
type ListName = NonNullable<OutSearch['list']>;

/** Who has what: what is overdue before everything else, then what is handed out, held and reserved. */
export function OutPage() {
  const { t } = useTranslation('spares');
  const { list = 'checkouts' } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/out' });
  const names: readonly ListName[] = ['overdue', 'checkouts', 'holds', 'reservations'];
  return (
    <SparesPage title={t('out.title')}>
      {list === 'checkouts' ? <OverdueFirst /> : null}
      <OutFilters />
      <Tabs
        activeKey={list}
        destroyOnHidden
        onChange={(key) =>
          void navigate({ search: (before) => ({ ...before, list: key as ListName, after: undefined }) })
        }
        items={names.map((name) => ({
          key: name,
          label: t(`out.lists.${name}`),
          children: name === 'overdue' ? <OverdueList /> : <AllocationList list={name} />,
        }))}
      />
    </SparesPage>
  );
}

/** As many overdue things as stand above the other lists. */
const OVERDUE_SHOWN = 5;

function OverdueFirst() {
  const { t } = useTranslation('spares');
  const { holder } = route.useSearch();
  const query = stated({ limit: OVERDUE_SHOWN, holderId: holder });
  const { data } = $api.useQuery('get', '/overdue', { params: { query } });
  if (!data || data.items.length === 0) return null;
  return (
    <Section title={t('out.overdueNow')}>
      <OverdueList limit={OVERDUE_SHOWN} />
      {data.next ? (
        <Link to="/spares/out" search={{ list: 'overdue', holder }}>
          {t('out.allOverdue')}
        </Link>
      ) : null}
    </Section>
  );
}

function OutFilters() {
  const { t } = useTranslation('spares');
  const { list, holder, kind, purpose, over } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/out' });
  const change = (changes: OutSearch) =>
    void navigate({ search: (before) => ({ ...before, ...changes, after: undefined }) });
  return (
    <search className="filters">
      <HolderPicker
        label={t('holder.title')}
        value={holder ? { id: holder, kind: kind ?? 'person', name: t('holder.chosen') } : undefined}
        onChoose={(chosen) => change({ holder: chosen?.id, kind: chosen?.kind })}
      />
      {list === 'overdue' ? null : (
        <>
          <ChoiceField
            label={t('out.purpose')}
            all={t('all')}
            value={purpose}
            options={PURPOSES.map((value) => ({ value, label: t(`purpose.${value}`) }))}
            onChoose={(chosen) => change({ purpose: chosen })}
          />
          <ChoiceField
            label={t('state')}
            all={t('out.open')}
            value={over}
            options={[{ value: 'true' as const, label: t('out.over') }]}
            onChoose={(chosen) => change({ over: chosen })}
          />
        </>
      )}
    </search>
  );
}
