import { getRouteApi } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { AlertsPage } from './alerts-page.tsx';
import type { Rota } from './on-call-data.ts';
import { OnCallOverrides } from './on-call-overrides.tsx';
import { OnCallSpan } from './on-call-span.tsx';
import { OverrideDialog } from './override-dialog.tsx';
import './alerts.css';

const route = getRouteApi('/alerts/on-call');

const DAYS = 14;

/** Who is on call by each rota now and in the next weeks, where nobody is, and who stands in for whom. */
export function OnCallPage() {
  const { t } = useTranslation('alerts');
  const { days } = route.useSearch();
  const navigate = route.useNavigate();
  const query = $api.useQuery('get', '/on-call-rotas', { params: { query: { limit: 50 } } });
  return (
    <AlertsPage title={t('onCall.title')}>
      <search className="filters">
        <ChoiceField
          label={t('onCall.span')}
          all={t('onCall.days', { count: DAYS })}
          value={days}
          options={[{ value: '28' as const, label: t('onCall.days', { count: 28 }) }]}
          onChoose={(chosen) => void navigate({ search: chosen ? { days: chosen } : {} })}
        />
      </search>
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <NothingHere text={t('onCall.none')}>
              <a href="/api/docs#createOnCallRota">{t('onCall.how')}</a>
            </NothingHere>
          ) : (
            items.map((rota) => <RotaSection key={rota.id} rota={rota} days={days ? Number(days) : DAYS} />)
          )
        }
      </Loaded>
    </AlertsPage>
  );
}

function RotaSection({ rota, days }: { readonly rota: Rota; readonly days: number }) {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const [isOverriding, setOverriding] = useState(false);
  const { name, owner, field, zone } = rota;
  return (
    <Section title={name}>
      <p className="quiet">
        {t('onCall.owner', { name: owner.name })} · {field ? `${t('onCall.field', { name: field.name })} · ` : null}
        {t('onCall.zone', { zone })}
      </p>
      <OnCallSpan rotaId={rota.id} days={days} />
      <OnCallOverrides rota={rota} />
      {can('people.operate') ? (
        <div className="row-actions">
          <Button onClick={() => setOverriding(true)}>{t('onCall.override')}</Button>
        </div>
      ) : null}
      {isOverriding ? <OverrideDialog rota={rota} onClose={() => setOverriding(false)} /> : null}
    </Section>
  );
}
