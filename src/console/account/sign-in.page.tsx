import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';
import { Waiting } from '../parts/waiting.tsx';
import './account.css';

// Whoever is signed in already never fetches the form.
const SignInForm = lazy(async () => ({ default: (await import('./sign-in-form.tsx')).SignInForm }));

/** Shown at every address to whoever is not signed in; afterwards the address opens as it was meant. */
export function SignInPage() {
  const { t } = useTranslation('account');
  return (
    <main className="shell-page sign-in">
      <Page title={t('signIn.title')}>
        <Suspense fallback={<Waiting />}>
          <SignInForm />
        </Suspense>
        <p className="hint">{t('signIn.link')}</p>
        <p className="hint">{t('signIn.where')}</p>
      </Page>
    </main>
  );
}
