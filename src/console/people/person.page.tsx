import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ConfirmedButton } from '../parts/confirmed-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Moment } from '../parts/moment.tsx';
import { Page } from '../parts/page.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { RoleNames } from '../parts/role-names.tsx';
import { Section } from '../parts/section.tsx';
import { AccessSection } from './access-section.tsx';
import { PersonState } from './person-state.tsx';

const route = getRouteApi('/people/$id');

/** One person: what they may do, and how they get in. */
export function PersonPage() {
  const { t } = useTranslation('people');
  const can = useCan();
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/persons/{id}', { params: { path: { id } } });
  const person = query.data;
  return (
    <Page
      title={person?.name ?? t('title')}
      trail={<Link to="/people">{t('title')}</Link>}
      actions={person && can('people.write') ? <Actions person={person} /> : null}
    >
      <Loaded query={query}>
        {({ email, roles, zone, disabledAt, createdAt, name }) => (
          <>
            <Section title={t('state')}>
              <Facts
                facts={[
                  [t('state'), <PersonState key="state" disabledAt={disabledAt} />],
                  [t('disabledSince'), disabledAt && <Moment key="since" at={disabledAt} />],
                  [t('email'), email],
                  [t('roles'), <RoleNames key="roles" roles={roles} />],
                  [t('zone'), zone ?? t('noZone')],
                  [t('since'), <Moment key="made" at={createdAt} />],
                ]}
              />
            </Section>
            {can('token.manage') && !disabledAt ? <AccessSection id={id} name={name} /> : null}
          </>
        )}
      </Loaded>
    </Page>
  );
}

interface ActionsProps {
  readonly person: { readonly id: string; readonly version: number; readonly disabledAt: string | null };
}

function Actions({ person: { id, version, disabledAt } }: ActionsProps) {
  const { t } = useTranslation('people');
  const navigate = useNavigate();
  const toggle = useWrite((path: '/persons/{id}/disable' | '/persons/{id}/enable', header) =>
    api.POST(path, { params: { path: { id }, header: { ...header, ...ifMatch(version) } } }),
  );
  const run = (path: '/persons/{id}/disable' | '/persons/{id}/enable') => toggle.write(path).catch(() => undefined);
  return (
    <>
      <ProblemAlert error={toggle.problem} />
      <Button onClick={() => void navigate({ to: '/people/$id/edit', params: { id } })}>{t('edit')}</Button>
      {disabledAt ? (
        <Button loading={toggle.isPending} onClick={() => void run('/persons/{id}/enable')}>
          {t('enable')}
        </Button>
      ) : (
        <ConfirmedButton
          danger
          label={t('disable')}
          ask={t('disableAsk')}
          loading={toggle.isPending}
          onConfirm={() => run('/persons/{id}/disable')}
        />
      )}
    </>
  );
}
