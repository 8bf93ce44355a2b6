import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { NewCapturedSet } from './captured-set-entry.tsx';

const route = getRouteApi('/backups/captured-sets/new');

/** Has Muster take the backups of a directory, a database or a program. */
export function NewCapturedSetPage() {
  const { t } = useTranslation('backups');
  const { repository } = route.useSearch();
  return (
    <Page title={t('captureEntry.new')} trail={<Link to="/backups">{t('title')}</Link>}>
      <Section title={t('set.one')}>
        <NewCapturedSet repositoryId={repository ?? null} />
      </Section>
    </Page>
  );
}
