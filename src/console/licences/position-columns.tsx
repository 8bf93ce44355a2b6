import type { TableColumnsType } from 'antd';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { formatCount } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import type { PositionLine } from './licences.words.ts';

/** How a product stands by one count, in figures and in a word. */
export function usePositionColumns<Row extends PositionLine>(): TableColumnsType<Row> {
  const { t } = useTranslation('licences');
  const { language } = usePreferences();
  const figure = (key: 'owned' | 'inUse' | 'reserved' | 'under') => ({
    ...({ key, dataIndex: key, title: t(`position.${key}`), align: 'right' } as const),
    render: (count: number) => formatCount(count, language),
  });
  return [
    { key: 'basis', title: t('position.basis'), render: (_, { basis }) => t(`basis.${basis}`) },
    ...(['owned', 'inUse', 'reserved', 'under'] as const).map(figure),
    { key: 'mark', title: t('position.stands'), render: (_, line) => <PositionMark line={line} /> },
  ];
}

function PositionMark({ line: { over, under } }: { readonly line: PositionLine }) {
  const { t } = useTranslation('licences');
  if (over > 0) return <Mark tone="bad">{t('position.over', { count: over })}</Mark>;
  if (under === 0) return <Mark tone="warn">{t('position.full')}</Mark>;
  return <Mark tone="good">{t('position.unused', { count: under })}</Mark>;
}
