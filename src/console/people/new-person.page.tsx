import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import { type PersonFields, PersonForm } from './person-form.tsx';

/** Adds a person; their page has the sign-in link that comes next. */
export function NewPersonPage() {
  const { t } = useTranslation('people');
  const navigate = useNavigate();
  const add = useWrite((body: PersonFields, header) => api.POST('/persons', { body, params: { header } }));
  return (
    <Page title={t('new')} trail={<Link to="/people">{t('title')}</Link>}>
      <Section title={t('new')}>
        <PersonForm
          initial={{ name: '', email: '', zone: null, roles: ['viewer'] }}
          submitText={t('add')}
          isPending={add.isPending}
          problem={add.problem}
          onSubmit={async (fields) => {
            const { id } = await add.write(fields);
            await navigate({ to: '/people/$id', params: { id } });
          }}
          onCancel={() => void navigate({ to: '/people' })}
        />
      </Section>
    </Page>
  );
}
