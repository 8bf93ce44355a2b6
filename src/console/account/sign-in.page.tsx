import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';

/** Shown at every address to whoever is not signed in; afterwards the address opens as it was meant. */
export function SignInPage() {
  const { t } = useTranslation('account');
  return (
    <main className="shell-page">
      <Page title={t('signIn.title')}>
        <p>{t('signIn.link')}</p>
        <p>{t('signIn.where')}</p>
      </Page>
    </main>
  );
}
