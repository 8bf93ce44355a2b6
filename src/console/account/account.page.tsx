import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '../app/session.ts';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Page } from '../parts/page.tsx';
import { RoleNames } from '../parts/role-names.tsx';
import { Section } from '../parts/section.tsx';
import './account.css';
import { PreferencesSection } from './preferences-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { TokensSection } from './tokens-section.tsx';

/** Who is signed in and how, where else, their tokens, and how they want to see the console. */
export function AccountPage() {
  const { t } = useTranslation('account');
  return (
    <Page title={t('title')}>
      <Loaded query={useMe()}>
        {(me) => (
          <>
            <Section title={t('me.title')}>
              <Facts
                facts={[
                  [t('me.name'), me.name],
                  [t('me.kind'), t(`me.kinds.${me.kind}`)],
                  [t('me.roles'), <RoleNames key="roles" roles={me.roles} />],
                  [t('me.zone'), me.zone],
                  [t('me.signedIn'), me.session && <SignedIn key="since" session={me.session} />],
                  [t('me.until'), me.session && <Moment key="until" at={me.session.expiresAt} />],
                ]}
              />
            </Section>
            {me.kind === 'person' && me.session ? <PasswordSection hasPassword={me.hasPassword} /> : null}
            <SessionsSection />
            <TokensSection principalId={me.id} />
            <PreferencesSection />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function SignedIn({ session }: { readonly session: { openedBy: 'link' | 'password'; createdAt: string } }) {
  const { t } = useTranslation('account');
  return (
    <>
      <Moment at={session.createdAt} /> {t(`me.openedBy.${session.openedBy}`)}
    </>
  );
}

function PasswordSection({ hasPassword }: { readonly hasPassword: boolean }) {
  const { t } = useTranslation('account');
  return (
    <Section title={t('password.title')}>
      <p>{hasPassword ? t('password.is') : t('password.isNot')}</p>
      <Link to="/account/password">{hasPassword ? t('password.change') : t('password.set')}</Link>
    </Section>
  );
}
