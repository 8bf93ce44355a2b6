import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { AreaPage } from '../parts/area-page.tsx';

interface AlertsPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

const PLACES = [
  { to: '/alerts', text: 'nav.alerts', permission: 'alert.read' },
  { to: '/alerts/on-call', text: 'nav.onCall', permission: 'people.read' },
  { to: '/alerts/plans', text: 'nav.plans', permission: 'alert.read' },
  { to: '/alerts/silences', text: 'nav.silences', permission: 'alert.read' },
  { to: '/alerts/rules', text: 'nav.rules', permission: 'alert.read' },
] as const;

/** A page about alerts and who is told of them, under the links to all of them. */
export function AlertsPage(page: AlertsPageProps) {
  const { t } = useTranslation('alerts');
  const can = useCan();
  const places = PLACES.filter(({ permission }) => can(permission)).map(({ to, text }) => ({ to, text: t(text) }));
  return <AreaPage area={t('title')} places={places} {...page} />;
}
