import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { AreaPage } from '../parts/area-page.tsx';

interface LicencesPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

const PLACES = [
  { to: '/licences', text: 'nav.pool' },
  { to: '/licences/entitlements', text: 'nav.entitlements' },
  { to: '/licences/expiries', text: 'nav.expiries' },
  { to: '/licences/installations', text: 'nav.installations' },
] as const;

/** A page of the licences, under the links to all of them. */
export function LicencesPage(page: LicencesPageProps) {
  const { t } = useTranslation('licences');

  const places = PLACES.map(({ to, text }) => ({ to, text: t(text) }));
  return <AreaPage area={t('title')} places={places} {...page} />;
}
