import { useRouterState } from '@tanstack/react-router';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import './page.css';

interface PageProps {
  readonly title: string;
  /** Above the title: the way back up, as links. */
  readonly trail?: ReactNode;
  /** Beside the title: what can be done here. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: its title, also in the browser's tab, and its content. Each page has one. */
export function Page({ title, trail, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useHeadingFocus(heading);
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
  return (
    <>
      {trail ? <div className="page-trail no-print">{trail}</div> : null}
      <div className="page-head">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions ? <div className="page-actions no-print">{actions}</div> : null}
      </div>
      {children}
    </>
  );
}

/** The first page that is shown leaves the focus where the browser has it. */
let isFirst = true;

/**
 * Moves the focus to the heading of a page that was come to, so that whoever hears the console hears where they are, and the
 * keyboard goes on from there; a page that has put the focus into a field of its own keeps it.
 */
function useHeadingFocus(heading: RefObject<HTMLHeadingElement | null>): void {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each page that is come to
  useEffect(() => {
    const active = document.activeElement;
    const isFree = active === null || active === document.body || active.closest('nav, header, h1') !== null;
    if (!isFirst && isFree) heading.current?.focus({ preventScroll: true });
    isFirst = false;
  }, [path]);
}
