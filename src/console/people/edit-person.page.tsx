import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { type PersonFields, PersonForm } from './person-form.tsx';

const route = getRouteApi('/people/$id/edit');

interface Change {
  readonly body: PersonFields;
  readonly version: number;
}

/** Changes what is said about a person, and what they may do. */
export function EditPersonPage() {
  const { t } = useTranslation('people');
  const { id } = route.useParams();
  const navigate = useNavigate();
  const query = $api.useQuery('get', '/persons/{id}', { params: { path: { id } } });
  const change = useWrite(({ body, version }: Change, header) =>
    api.PATCH('/persons/{id}', { body, params: { path: { id }, header: { ...header, ...ifMatch(version) } } }),
  );
  const back = () => navigate({ to: '/people/$id', params: { id } });
  return (
    <Page title={t('edit')} trail={<Link to="/people">{t('title')}</Link>}>
      <Loaded query={query}>
        {({ name, email, zone, roles, version }) => (
          <Section title={name}>
            <PersonForm
              initial={{ name, email, zone, roles }}
              submitText={t('save')}
              isPending={change.isPending}
              problem={change.problem}
              onSubmit={async (body) => {
                await change.write({ body, version });
                await back();
              }}
              onCancel={() => void back()}
            />
          </Section>
        )}
      </Loaded>
    </Page>
  );
}
