import { type ReactNode, useEffect } from 'react';
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
  useEffect(() => {
    document.title = `${title} · Muster`;
  }, [title]);
  return (
    <>
      {trail ? <div className="page-trail no-print">{trail}</div> : null}
      <div className="page-head">
        <h1>{title}</h1>
        {actions ? <div className="page-actions no-print">{actions}</div> : null}
      </div>
      {children}
    </>
  );
}
