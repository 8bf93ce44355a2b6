import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { useCan } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Section } from '../parts/section.tsx';
import { CancelStocktake } from './cancel-stocktake.tsx';
import { CloseCount } from './close-count.tsx';
import { CountDesk } from './count-desk.tsx';
import { Differences } from './differences.tsx';
import { isCounting, isOver, StocktakeMark, StocktakeProgress } from './stocktake-progress.tsx';
import { StoreroomPage } from './storeroom-page.tsx';
import type { Stocktake } from './words.ts';

const route = getRouteApi('/storeroom/stocktakes/$id');

/** One stocktake: the count as it goes, then its differences, then what became of it. */
export function StocktakePage() {
  const { t } = useTranslation('storeroom');
  const { id } = route.useParams();
  const stocktake = $api.useQuery('get', '/stocktakes/{id}', { params: { path: { id } } });
  return (
    <StoreroomPage
      title={stocktake.data?.name ?? t('stocktakes.one')}
      actions={stocktake.data ? <Actions stocktake={stocktake.data} /> : null}
    >
      <Loaded query={stocktake}>{(found) => <Stage key={found.id} stocktake={found} />}</Loaded>
    </StoreroomPage>
  );
}

function Actions({ stocktake }: { readonly stocktake: Stocktake }) {
  const can = useCan();
  if (!can('stocktake.operate')) return null;
  return (
    <>
      {isCounting(stocktake) ? <CloseCount stocktake={stocktake} /> : null}
      {isOver(stocktake) ? null : <CancelStocktake stocktake={stocktake} />}
    </>
  );
}

function Stage({ stocktake }: { readonly stocktake: Stocktake }) {
  const can = useCan();
  const { t } = useTranslation('storeroom');
  if (isCounting(stocktake)) {
    return (
      <>
        <p className="count-head">
          <StocktakeMark stocktake={stocktake} /> <span className="code">{stocktake.location.code}</span>{' '}
          {t(stocktake.isBlind ? 'open.kind.blind' : 'open.kind.open')}
        </p>
        <StocktakeProgress stocktake={stocktake} />
        {can('stocktake.count') ? <CountDesk stocktake={stocktake} /> : <p>{t('count.mayNot')}</p>}
        <About stocktake={stocktake} />
      </>
    );
  }
  return (
    <>
      <About stocktake={stocktake} />
      {can('inventory.read') ? <Differences stocktake={stocktake} /> : null}
    </>
  );
}

function About({ stocktake }: { readonly stocktake: Stocktake }) {
  const { t } = useTranslation('storeroom');
  const { location, tolerance, openedBy, openedAt, closedAt, endedAt, endedBy, endedReason, note, batchId } = stocktake;
  const bounds = [
    ...(tolerance.pieces === null ? [] : [t('stocktakes.pieces', { count: tolerance.pieces })]),
    ...(tolerance.percent === null ? [] : [`${tolerance.percent} %`]),
  ];
  return (
    <Section title={t('stocktakes.about')}>
      <Facts
        facts={[
          [t('state'), <StocktakeMark key="state" stocktake={stocktake} />],
          [
            t('place'),
            <Link key="place" to="/spares/locations" search={{ at: location.id }} className="code">
              {location.code}
            </Link>,
          ],
          [t('open.how'), t(stocktake.isBlind ? 'open.kind.blind' : 'open.kind.open')],
          [t('stocktakes.tolerance'), bounds.length > 0 ? bounds.join(' · ') : t('stocktakes.noTolerance')],
          [t('stocktakes.opened'), <When key="opened" at={openedAt} by={openedBy} />],
          [t('stocktakes.closed'), closedAt ? <Moment key="closed" at={closedAt} /> : null],
          [t('stocktakes.ended'), endedAt ? <When key="ended" at={endedAt} by={endedBy} /> : null],
          [t('reason'), endedReason],
          [t('note'), note],
          [
            t('stocktakes.batch'),
            batchId ? (
              <span key="batch" className="code">
                {batchId}
              </span>
            ) : null,
          ],
        ]}
      />
    </Section>
  );
}

function When({ at, by }: { readonly at: string; readonly by: { readonly name: string } | null }) {
  return (
    <>
      <Moment at={at} /> {by ? `· ${by.name}` : null}
    </>
  );
}
