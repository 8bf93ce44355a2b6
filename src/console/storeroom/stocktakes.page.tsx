import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { useCan } from '../app/session.ts';
import { ChoiceField } from '../parts/filters.tsx';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { Moment } from '../parts/moment.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { OpenStocktake } from './open-stocktake.tsx';
import { StocktakeMark, StocktakeProgress } from './stocktake-progress.tsx';
import { StoreroomPage } from './storeroom-page.tsx';
import { STOCKTAKE_STATES, type Stocktake } from './words.ts';

const route = getRouteApi('/storeroom/stocktakes');

/** All stocktakes, newest first, with how far those under way are. */
export function StocktakesPage() {
  const { t } = useTranslation('storeroom');
  const can = useCan();
  const { state, after } = route.useSearch();
  const navigate = useNavigate({ from: '/storeroom/stocktakes' });
  const [isOpening, setOpening] = useState(false);
  const stocktakes = $api.useQuery('get', '/stocktakes', { params: { query: stated({ state, after }) } });
  const open = can('stocktake.operate') ? (
    <Button type="primary" onClick={() => setOpening(true)}>
      {t('open.do')}
    </Button>
  ) : null;
  return (
    <StoreroomPage title={t('stocktakes.title')} actions={open}>
      <search className="filters">
        <ChoiceField
          label={t('state')}
          all={t('all')}
          value={state}
          options={STOCKTAKE_STATES.map((value) => ({ value, label: t(`stocktakeState.${value}`) }))}
          onChoose={(chosen) => void navigate({ search: { state: chosen } })}
        />
      </search>
      <KeyedTable
        query={stocktakes}
        columns={useColumns()}
        rowKey={({ id }) => id}
        after={after}
        onPage={(next) => void navigate({ search: (before) => ({ ...before, after: next }) })}
        empty={<NothingHere text={state ? t('noneFits') : t('stocktakes.none')}>{state ? null : open}</NothingHere>}
        label={t('stocktakes.title')}
      />
      {isOpening ? <OpenStocktake onClose={() => setOpening(false)} /> : null}
    </StoreroomPage>
  );
}

function useColumns(): TableColumnsType<Stocktake> {
  const { t } = useTranslation('storeroom');
  return [
    {
      title: t('stocktakes.name'),
      key: 'name',
      render: (_, { id, name }) => (
        <Link to="/storeroom/stocktakes/$id" params={{ id }}>
          {name}
        </Link>
      ),
    },
    { title: t('place'), key: 'place', render: (_, { location }) => <span className="code">{location.code}</span> },
    { title: t('state'), key: 'state', render: (_, stocktake) => <StocktakeMark stocktake={stocktake} /> },
    {
      title: t('stocktakes.progress'),
      key: 'progress',
      render: (_, stocktake) => <StocktakeProgress stocktake={stocktake} />,
    },
    { title: t('stocktakes.opened'), key: 'opened', render: (_, { openedAt }) => <Moment at={openedAt} /> },
    { title: t('stocktakes.by'), key: 'by', render: (_, { openedBy }) => openedBy?.name ?? '–' },
  ];
}
