import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AreaPage } from '../parts/area-page.tsx';

interface AlertsPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

const PLACES = [
  { to: '/alerts', text: 'nav.alerts' },
  { to: '/alerts/silences', text: 'nav.silences' },
  { to: '/alerts/rules', text: 'nav.rules' },
] as const;

/** A page about alerts and who is told of them, under the links to all of them. */
export function AlertsPage(page: AlertsPageProps) {
  const { t } = useTranslation('alerts');
  const places = PLACES.map(({ to, text }) => ({ to, text: t(text) }));
  return <AreaPage area={t('title')} places={places} {...page} />;
}
