import { Link, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';
import '../spares/spares.css';

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

/** To which of the places a page belongs: a product's own page to the pool. */
const placeOf = (path: string): string =>
  PLACES.find(({ to }) => to !== '/licences' && path.startsWith(to))?.to ?? '/licences';

/** A page of the licences, under the links to all of them. */
export function LicencesPage({ title, actions, children }: LicencesPageProps) {
  const { t } = useTranslation('licences');
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <>
      <nav className="spares-nav no-print" aria-label={t('title')}>
        {PLACES.map(({ to, text }) => (
          <Link key={to} to={to} className={to === placeOf(path) ? 'active' : undefined} activeProps={{}}>
            {t(text)}
          </Link>
        ))}
      </nav>
      <Page title={title} actions={actions}>
        {children}
      </Page>
    </>
  );
}
