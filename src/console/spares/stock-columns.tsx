import { Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatCount } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import { PartLink } from './part-fits.tsx';
import { StockActions } from './stock-actions.tsx';
import type { Stock } from './words.ts';

interface Which {
  readonly withPart?: boolean;
  /** What can be done with the pieces of each row. */
  readonly withActs?: boolean;
}

/** The columns of every list of stock rows. */
export function useStockColumns({ withPart = true, withActs = false }: Which = {}): TableColumnsType<Stock> {
  const { t } = useTranslation('spares');
  const { language } = usePreferences();
  return [
    ...(withPart
      ? [{ title: t('part.title'), key: 'part', render: (_: unknown, { part }: Stock) => <PartLink part={part} /> }]
      : []),
    {
      title: t('place'),
      key: 'place',
      render: (_, { location }) => (
        <Link to="/spares/locations" search={{ at: location.id }} className="code">
          {location.path}
        </Link>
      ),
    },
    {
      title: t('stock.quantity'),
      key: 'quantity',
      align: 'right',
      render: (_, { quantity }) => formatCount(quantity, language),
    },
    { title: t('stock.lot'), key: 'lot', render: (_, { lot }) => lot || '–' },
    { title: t('stock.expiresOn'), key: 'expires', render: (_, { expiresOn }) => expiresOn ?? '–' },
    {
      title: t('state'),
      key: 'state',
      render: (_, { condition, isExpired }) =>
        isExpired ? (
          <Mark tone="bad">{t('stock.expired')}</Mark>
        ) : (
          <Mark tone={condition === 'usable' ? 'good' : 'warn'}>{t(`stockCondition.${condition}`)}</Mark>
        ),
    },
    ...(withActs
      ? [
          {
            title: <span className="visually-hidden">{t('act.title')}</span>,
            key: 'acts',
            render: (_: unknown, stock: Stock) => <StockActions stock={stock} />,
          },
        ]
      : []),
  ];
}
