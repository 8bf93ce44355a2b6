import { Link, type LinkProps, useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from './page.tsx';
import './area-page.css';

/** One of the places of an area. */
interface AreaPlace {
  readonly to: NonNullable<LinkProps['to']>;
  readonly text: string;
}

interface AreaPageProps {
  /** The area's name, for screen readers. */
  readonly area: string;
  /** Those that the reader may see, in their order. The first one is the area's own address: pages of no other place are its. */
  readonly places: readonly AreaPlace[];
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page of an area of several places, under the links to all of them. */
export function AreaPage({ area, places, title, actions, children }: AreaPageProps) {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const [first, ...others] = places;
  const here = others.find(({ to }) => path.startsWith(to)) ?? first;
  return (
    <>
      <nav className="area-nav no-print" aria-label={area}>
        {places.map((place) => (
          <Link key={place.to} to={place.to} className={place === here ? 'active' : undefined} activeProps={{}}>
            {place.text}
          </Link>
        ))}
      </nav>
      <Page title={title} actions={actions}>
        {children}
      </Page>
    </>
  );
}
