import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { stated } from '../app/search.ts';
import { KeyedTable } from '../parts/keyed-table.tsx';
import { NothingHere } from '../parts/nothing-here.tsx';
import { AddFit, FitActions } from './fit-entry.tsx';
import type { Part } from './words.ts';

const route = getRouteApi('/spares/parts/$id');

function usePaging() {
  const { after } = route.useSearch();
  const navigate = useNavigate({ from: '/spares/parts/$id' });
  return {
    after,
    onPage: (next: string | undefined) => void navigate({ search: (before) => ({ ...before, after: next }) }),
  };
}

interface PartRef {
  readonly id: string;
  readonly partNumber: string;
  readonly name: string;
}

/** A part by its number, as the way to its page. */
export function PartLink({ part }: { readonly part: PartRef }) {
  return (
    <>
      <Link to="/spares/parts/$id" params={{ id: part.id }} className="code">
        {part.partNumber}
      </Link>
      <div className="sub">{part.name}</div>
    </>
  );
}

/** Which devices and parts a part serves for. */
export function PartFits({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const paging = usePaging();
  const fits = $api.useQuery('get', '/parts/{id}/fits', {
    params: { path: { id: part.id }, query: stated({ after: paging.after }) },
  });
  return (
    <>
      <AddFit part={part} />
      <KeyedTable
        {...paging}
        query={fits}
        rowKey={({ id }) => id}
        empty={<NothingHere text={t('fit.none')} />}
        label={t('part.fits')}
        columns={[
          {
            title: t('fit.for'),
            key: 'for',
            render: (_, { deviceModel, replacedPart }) =>
              deviceModel ? (
                <>
                  {deviceModel.model}
                  <div className="sub">{deviceModel.manufacturer}</div>
                </>
              ) : replacedPart ? (
                <PartLink part={replacedPart} />
              ) : null,
          },
          {
            title: t('fit.kind'),
            key: 'kind',
            render: (_, { deviceModel }) => (deviceModel ? t('fit.device') : t('fit.inPlaceOf')),
          },
          { title: t('fit.rank'), dataIndex: 'rank', key: 'rank', align: 'right' },
          { title: t('fit.pieces'), dataIndex: 'quantity', key: 'quantity', align: 'right' },
          { title: t('fit.conditions'), key: 'conditions', render: (_, { conditions }) => conditions ?? '–' },
          {
            key: 'acts',
            title: <span className="visually-hidden">{t('act.title')}</span>,
            render: (_, fit) => <FitActions part={part} fit={fit} />,
          },
        ]}
      />
    </>
  );
}

/** Which parts can stand in for a part, the best first. */
export function PartSubstitutes({ part }: { readonly part: Part }) {
  const { t } = useTranslation('spares');
  const paging = usePaging();
  const substitutes = $api.useQuery('get', '/parts/{id}/substitutes', {
    params: { path: { id: part.id }, query: stated({ after: paging.after }) },
  });
  return (
    <KeyedTable
      {...paging}
      query={substitutes}
      rowKey={(row) => row.part.id}
      empty={<NothingHere text={t('fit.noSubstitutes')} />}
      label={t('part.substitutes')}
      columns={[
        { title: t('parts.number'), key: 'part', render: (_, row) => <PartLink part={row.part} /> },
        {
          title: t('fit.via'),
          key: 'via',
          render: (_, { via }) => via.map(({ partNumber }) => partNumber).join(' → ') || '–',
        },
        { title: t('fit.pieces'), dataIndex: 'quantityPerDevice', key: 'pieces', align: 'right' },
        {
          title: t('fit.conditions'),
          key: 'conditions',
          render: (_, { conditions }) => conditions.join('; ') || '–',
        },
      ]}
    />
  );
}
