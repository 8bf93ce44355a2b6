import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { AlertsPage } from '../alerts/alerts-page.tsx';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { Loaded } from '../parts/loaded.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Pager } from '../parts/pager.tsx';
import { Section } from '../parts/section.tsx';
import { type Rota, type Span, useSpan } from './response-data.ts';
import { RotaGaps } from './rota-gaps.tsx';
import { RotaNow } from './rota-now.tsx';
import { WeeksLink } from './weeks-link.tsx';

const route = getRouteApi('/alerts/on-call');
const ROTAS = 20;

/** Who is on call now by each rota, who is next, and where nobody is. */
export function OnCallPage() {
  const { t } = useTranslation('response');
  const { weeks, after } = route.useSearch();
  const navigate = useNavigate({ from: '/alerts/on-call' });
  const span = useSpan(weeks);
  const rotas = $api.useQuery('get', '/on-call-rotas', { params: { query: stated({ limit: ROTAS, after }) } });
  return (
    <AlertsPage title={t('onCall.title')} actions={<WeeksLink weeks={weeks} />}>
      <Loaded query={rotas}>
        {({ items, next }) => (
          <>
            {items.length === 0 ? <NothingHere text={t('onCall.none')} /> : null}
            {items.map((rota) => (
              <OneRota key={rota.id} rota={rota} span={span} weeks={weeks} />
            ))}
            <Pager after={after} next={next} onPage={(to) => void navigate({ search: stated({ weeks, after: to }) })} />
          </>
        )}
      </Loaded>
    </AlertsPage>
  );
}

function OneRota({ rota, span, weeks }: { readonly rota: Rota; readonly span: Span; readonly weeks: '4' | undefined }) {
  const { t } = useTranslation('response');
  return (
    <Section title={rota.name}>
      <RotaNow rota={rota} span={span} />
      <RotaGaps rota={rota} span={span} />
      <p>
        <Link to="/alerts/on-call/$id" params={{ id: rota.id }} search={stated({ weeks })}>
          {t('onCall.all', { rota: rota.name })}
        </Link>
      </p>
    </Section>
  );
}
