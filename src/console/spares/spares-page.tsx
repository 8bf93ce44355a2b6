import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { AreaPage } from '../parts/area-page.tsx';
import './spares.css';

interface SparesPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

const PLACES = [
  { to: '/spares', text: 'nav.parts', permission: 'inventory.read' },
  { to: '/spares/units', text: 'nav.units', permission: 'inventory.read' },
  { to: '/spares/locations', text: 'nav.locations', permission: 'inventory.read' },
  { to: '/spares/kits', text: 'nav.kits', permission: 'allocation.read' },
  { to: '/spares/projects', text: 'nav.projects', permission: 'allocation.read' },
  { to: '/spares/out', text: 'nav.out', permission: 'allocation.read' },
  { to: '/spares/desk', text: 'nav.desk', permission: 'allocation.operate' },
] as const;

/** A page of the spares, under the links to all of them. */
export function SparesPage(page: SparesPageProps) {
  const { t } = useTranslation('spares');
  const can = useCan();
  const places = PLACES.filter(({ permission }) => can(permission)).map(({ to, text }) => ({ to, text: t(text) }));
  return <AreaPage area={t('title')} places={places} {...page} />;
}
