import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { AreaPage } from '../parts/area-page.tsx';
import { PLACES } from './places.ts';

interface SettingsPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page of the settings, under the links to all of them that the reader may see. */
export function SettingsPage(page: SettingsPageProps) {
  const { t } = useTranslation('settings');
  const can = useCan();
  const places = PLACES.filter(({ permission }) => can(permission)).map(({ to, text }) => ({ to, text: t(text) }));
  return (
    <AreaPage area={t('title')} places={[{ to: '/settings' as const, text: t('nav.overview') }, ...places]} {...page} />
  );
}
