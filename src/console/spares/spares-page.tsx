import { Link, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { Page } from '../parts/page.tsx';
import './spares.css';

interface SparesPageProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

const PLACES = [
  { to: '/spares', text: 'nav.parts', permission: 'inventory.read' },
  { to: '/spares/units', text: 'nav.units', permission: 'inventory.read' },
  { to: '/spares/locations', text: 'nav.locations', permission: 'inventory.read' },
  { to: '/spares/out', text: 'nav.out', permission: 'allocation.read' },
  { to: '/spares/desk', text: 'nav.desk', permission: 'allocation.operate' },
] as const;

/** To which of the places a page belongs: a part's own page to the parts. */
function placeOf(path: string): string {
  return PLACES.find(({ to }) => to !== '/spares' && path.startsWith(to))?.to ?? '/spares';
}

/** A page of the spares, under the links to all of them. */
export function SparesPage({ title, actions, children }: SparesPageProps) {
  const { t } = useTranslation('spares');
  const can = useCan();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <>
      <nav className="spares-nav no-print" aria-label={t('title')}>
        {PLACES.filter(({ permission }) => can(permission)).map(({ to, text }) => (
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
