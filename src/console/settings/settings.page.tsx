import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { Section } from '../parts/section.tsx';
import { PLACES } from './places.ts';
import { SettingsPage } from './settings-page.tsx';

/** What can be set, and where. */
export function SettingsIndexPage() {
  const { t } = useTranslation('settings');
  const can = useCan();
  return (
    <SettingsPage title={t('title')}>
      {PLACES.filter(({ permission }) => can(permission)).map(({ to, text, help }) => (
        <Section key={to} title={t(text)}>
          <p>{t(help)}</p>
          <Link to={to}>{t('open', { place: t(text) })}</Link>
        </Section>
      ))}
    </SettingsPage>
  );
}
