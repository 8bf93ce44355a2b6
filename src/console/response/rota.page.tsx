import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AlertsPage } from '../alerts/alerts-page.tsx';
import { $api } from '../api/client.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import { ThingLink } from '../parts/thing-link.tsx';
import { OverrideButton } from './override-button.tsx';
import { OverrideTable } from './override-table.tsx';
import { PersonName } from './person-name.tsx';
import { type Rota, type Span, useSpan } from './response-data.ts';
import { RotaGaps } from './rota-gaps.tsx';
import { RotaNow } from './rota-now.tsx';
import { WeeksLink } from './weeks-link.tsx';

const route = getRouteApi('/alerts/on-call/$id');

/** One rota: whose turns there are, where nobody is, what was put over it, and its layers. */
export function RotaPage() {
  const { t } = useTranslation('response');
  const { id } = route.useParams();
  const { weeks, after } = route.useSearch();
  const navigate = useNavigate({ from: '/alerts/on-call/$id' });
  const span = useSpan(weeks);
  const query = $api.useQuery('get', '/on-call-rotas/{id}', { params: { path: { id } } });
  return (
    <AlertsPage title={query.data?.name ?? t('onCall.title')} actions={<WeeksLink weeks={weeks} />}>
      <Loaded query={query}>
        {(rota) => (
          <>
            <Turns rota={rota} span={span} />
            <Section title={t('override.title')}>
              <OverrideTable
                rota={rota}
                after={after}
                onPage={(next) => void navigate({ search: (now) => ({ ...now, after: next }) })}
              />
            </Section>
            <Layers rota={rota} />
          </>
        )}
      </Loaded>
    </AlertsPage>
  );
}

function Turns({ rota, span }: { readonly rota: Rota; readonly span: Span }) {
  const { t } = useTranslation('response');
  return (
    <>
      <Section title={t('onCall.turns')}>
        <RotaNow rota={rota} span={span} isWhole />
      </Section>
      <Section title={t('gaps.title')}>
        <RotaGaps rota={rota} span={span} />
        <OverrideButton rota={rota} label={t('override.new')} span={{ from: span.from, until: tomorrow(span.from) }} />
      </Section>
    </>
  );
}

const tomorrow = (iso: string): string => new Date(Date.parse(iso) + 86_400_000).toISOString();

function Layers({ rota }: { readonly rota: Rota }) {
  const { t } = useTranslation('response');
  const { zone, owner, serviceId, field, layers, retired } = rota;
  return (
    <Section title={t('rota.layers')}>
      <Facts
        facts={[
          [t('rota.zone'), zone],
          [t('rota.owner'), owner.name],
          [
            t('plan.service'),
            serviceId === null ? null : (
              <ThingLink key="service" kind="service" id={serviceId}>
                {t('rota.toService')}
              </ThingLink>
            ),
          ],
          [t('rota.field'), field?.name ?? null],
          [t('plan.retired'), retired?.reason ?? null],
        ]}
      />
      <p>{t('rota.layersText')}</p>
      <ol className="response-list">
        {layers.map((layer, at) => (
          // The layers of a rota have only their order.
          // biome-ignore lint/suspicious/noArrayIndexKey: it is what tells them apart
          <li key={at}>
            {t(`rota.every.${layer.rotation.unit}`, { count: layer.rotation.length })}{' '}
            {t('rota.handover', { on: layer.startsOn, at: layer.handoverAt })}:{' '}
            {layer.participants.map((id, turn) => (
              <span key={id}>
                {turn === 0 ? '' : ' → '}
                <PersonName id={id} />
              </span>
            ))}
            {layer.windows.map((window) => (
              <div key={`${window.fromWeekday} ${window.from}`} className="quiet">
                {t(`weekday.${window.fromWeekday}`)} {window.from} – {t(`weekday.${window.untilWeekday}`)}{' '}
                {window.until}
              </div>
            ))}
          </li>
        ))}
      </ol>
    </Section>
  );
}
