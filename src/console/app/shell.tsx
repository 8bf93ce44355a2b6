import { MenuOutlined } from '@ant-design/icons';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Button } from 'antd';
import { Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SignInPage } from '../account/sign-in.page.tsx';
import { SignInNotice } from '../account/sign-in-notice.tsx';
import { ProblemError } from '../api/problem.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { NAVIGATION } from './navigation.ts';
import { useCan, useMe } from './session.ts';
import './shell.css';
import { signOut } from './sign-out.ts';
import { UserMenu } from './user-menu.tsx';

/** The frame of every page: the menu, who is signed in, and the page. Without a session it is the sign-in page, at any address. */
export function Shell() {
  const me = useMe();
  const error: unknown = me.error;
  if (error instanceof ProblemError && error.status === 401) return <SignInPage />;
  if (me.data) return <SignedIn />;
  if (error) return <NoWayIn error={error} onRetry={() => void me.refetch()} />;
  return <Waiting />;
}

interface NoWayInProps {
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** The server cannot say who is signed in; or it can, and they have no role, so that they can do nothing but leave. */
function NoWayIn({ error, onRetry }: NoWayInProps) {
  const { t } = useTranslation();
  const isRefused = error instanceof ProblemError && error.status === 403;
  return (
    <main className="shell-page">
      <ProblemAlert error={error} onRetry={onRetry} />
      {isRefused ? <Button onClick={() => void signOut()}>{t('user.signOut')}</Button> : null}
    </main>
  );
}

function SignedIn() {
  const { t } = useTranslation();
  const can = useCan();
  const [open, setOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes when the page changes
  useEffect(() => setOpen(false), [path]);
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={skipToPage}>
        {t('skip')}
      </button>
      <header className="shell-head no-print">
        <Button
          className="shell-toggle"
          type="text"
          icon={<MenuOutlined />}
          aria-label={t('menu')}
          aria-expanded={open}
          aria-controls="menu"
          onClick={() => setOpen(!open)}
        />
        <Link to="/" className="shell-brand">
          Muster
        </Link>
        <UserMenu />
      </header>
      <nav
        id="menu"
        className={open ? 'shell-nav open no-print' : 'shell-nav no-print'}
        aria-label={t('menu')}
        onKeyDown={({ key }) => key === 'Escape' && setOpen(false)}
      >
        <ul>
          {NAVIGATION.filter(({ permission }) => can(permission)).map(({ to, text }) => (
            <li key={to}>
              <Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
                {t(text)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="page" className="shell-page" tabIndex={-1}>
        <Suspense fallback={<Waiting />}>
          <SignInNotice />
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}

/** A button, no link to an anchor: the address says what is shown, and where in it one reads does not belong there. */
const skipToPage = () => document.getElementById('page')?.focus();
