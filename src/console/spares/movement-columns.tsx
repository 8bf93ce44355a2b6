import { Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatCount } from '../parts/format.ts';
import { Moment } from '../parts/moment.tsx';
import type { Movement } from './words.ts';

/** The columns of every list of movements. */
export function useMovementColumns({
  withUnit = false,
}: {
  readonly withUnit?: boolean;
} = {}): TableColumnsType<Movement> {
  const { t } = useTranslation('spares');
  const { language } = usePreferences();
  return [
    { title: t('movement.when'), key: 'when', render: (_, { occurredAt }) => <Moment at={occurredAt} /> },
    { title: t('movement.what'), key: 'kind', render: (_, { kind }) => t(`movementKind.${kind}`) },
    ...(withUnit
      ? [
          {
            title: t('unit.title'),
            key: 'unit',
            render: (_: unknown, { unit }: Movement) =>
              unit ? (
                <Link to="/spares/units/$id" params={{ id: unit.id }} className="code">
                  {unit.serial}
                </Link>
              ) : (
                '–'
              ),
          },
        ]
      : []),
    {
      title: t('stock.quantity'),
      key: 'quantity',
      align: 'right',
      render: (_, { quantity }) => formatCount(quantity, language),
    },
    { title: t('movement.way'), key: 'way', render: (_, movement) => <Way movement={movement} /> },
    { title: t('movement.who'), key: 'who', render: (_, { actor }) => actor?.name ?? t('movement.itself') },
    {
      title: t('movement.why'),
      key: 'why',
      render: (_, { reason, reference }) => [reason, reference].filter(Boolean).join(' · ') || '–',
    },
  ];
}

/** From where to where, and from which state to which where that changed. */
function Way({ movement }: { readonly movement: Movement }) {
  const { t } = useTranslation('spares');
  const { fromLocation, toLocation, fromState, toState, service } = movement;
  const place = (location: { readonly code: string } | null) => location?.code ?? null;
  const ends = [
    place(fromLocation) ?? (fromState ? t(`unitState.${fromState}`) : null),
    service?.name ?? place(toLocation) ?? (toState ? t(`unitState.${toState}`) : null),
  ].filter((end) => end !== null);
  return <span>{ends.join(' → ') || '–'}</span>;
}
