import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { AreaPage } from '../parts/area-page.tsx';
import './storeroom.css';

interface StoreroomPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

const PLACES = [
  { to: '/storeroom/stocktakes', text: 'nav.stocktakes', permission: 'stocktake.read' },
  { to: '/storeroom/imports', text: 'nav.imports', permission: 'import.operate' },
  { to: '/storeroom/labels', text: 'nav.labels', permission: 'inventory.read' },
  { to: '/storeroom/exports', text: 'nav.exports', permission: 'inventory.read' },
] as const;

/** A page of the storeroom, under the links to all of them. */
export function StoreroomPage(page: StoreroomPageProps) {
  const { t } = useTranslation('storeroom');
  const can = useCan();
  const places = PLACES.filter(({ permission }) => can(permission)).map(({ to, text }) => ({ to, text: t(text) }));
  return <AreaPage area={t('title')} places={places} {...page} />;
}
