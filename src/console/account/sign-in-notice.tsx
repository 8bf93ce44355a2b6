import { Link, useRouterState } from '@tanstack/react-router';
import { Alert } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCan, useMe } from '../app/session.ts';
import './account.css';

/** What somebody who came by a link does next: set a password, or become a person first. */
export function SignInNotice() {
  const { t } = useTranslation('account');
  const { data: me } = useMe();
  const can = useCan();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  if (!me?.session) return null;
  if (me.kind === 'person') {
    if (me.hasPassword || path === '/account/password') return null;
    return <Notice text={t('notice.password')} link={<Link to="/account/password">{t('notice.setPassword')}</Link>} />;
  }
  if (!can('people.write') || path.startsWith('/people')) return null;
  return (
    <Notice text={t('notice.team', { name: me.name })} link={<Link to="/people/new">{t('notice.addPerson')}</Link>} />
  );
}

function Notice({ text, link }: { readonly text: string; readonly link: ReactNode }) {
  const { t } = useTranslation('account');
  return (
    <Alert
      className="sign-in-notice no-print"
      type="info"
      showIcon
      role="status"
      closable={{ 'aria-label': t('notice.close') }}
      title={text}
      action={link}
    />
  );
}
