import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { API_ROOT } from '../api/client.ts';
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
      <Section title={t('nav.api')}>
        <p>{t('help.api')}</p>
        <a href="/api/docs">{t('open', { place: t('nav.api') })}</a>
        {' · '}
        <a href={`${API_ROOT}/openapi.json`} className="code">
          {t('openapi')}
        </a>
      </Section>
    </SettingsPage>
  );
}
