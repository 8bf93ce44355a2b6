import { Link } from '@tanstack/react-router';
import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { UnitMark } from './marks.tsx';
import { PartLink } from './part-fits.tsx';
import type { Unit } from './words.ts';

/** The columns of every list of units. */
export function useUnitColumns({ withPart = true }: { readonly withPart?: boolean } = {}): TableColumnsType<Unit> {
  const { t } = useTranslation('spares');
  return [
    {
      title: t('unit.serial'),
      key: 'serial',
      render: (_, unit) => (
        <Link to="/spares/units/$id" params={{ id: unit.id }} className="code">
          {unit.serial}
        </Link>
      ),
    },
    {
      title: t('unit.assetTag'),
      key: 'tag',
      render: (_, { assetTag }) => (assetTag ? <span className="code">{assetTag}</span> : '–'),
    },
    ...(withPart
      ? [{ title: t('part.title'), key: 'part', render: (_: unknown, { part }: Unit) => <PartLink part={part} /> }]
      : []),
    { title: t('state'), key: 'state', render: (_, unit) => <UnitMark unit={unit} /> },
    {
      title: t('place'),
      key: 'place',
      render: (_, { location, deployedService }) =>
        location ? (
          <Link to="/spares/locations" search={{ at: location.id }} className="code">
            {location.path}
          </Link>
        ) : (
          (deployedService?.name ?? '–')
        ),
    },
    { title: t('unit.condition'), key: 'condition', render: (_, { condition }) => t(`unitCondition.${condition}`) },
    { title: t('unit.testDue'), key: 'test', render: (_, { testDueOn }) => testDueOn ?? '–' },
    { title: t('unit.warranty'), key: 'warranty', render: (_, { warrantyUntil }) => warrantyUntil ?? '–' },
  ];
}
