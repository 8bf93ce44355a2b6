import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import type { Repository } from './backup-api.ts';
import type { RepositoryBody } from './backup-bodies.ts';
import {
  bodyOfRepository,
  fieldOfRepository,
  NEW_REPOSITORY,
  RepositoryFields,
  valuesOfRepository,
} from './repository-form.tsx';

function Trail() {
  const { t } = useTranslation('backups');
  return (
    <Link to="/backups" search={{ tab: 'repositories' }}>
      {t('repositories')}
    </Link>
  );
}

/** Enters a place where backups lie; a worker tests it next, which its page shows. */
export function NewRepositoryPage() {
  const { t } = useTranslation('backups');
  const navigate = useNavigate();
  const add = useWrite((body: RepositoryBody, header) => api.POST('/repositories', { body, params: { header } }));
  return (
    <Page title={t('repositoryEntry.new')} trail={<Trail />}>
      <Section title={t('repository.one')}>
        <EntryForm
          initial={NEW_REPOSITORY}
          bodyOf={bodyOfRepository}
          fieldOf={fieldOfRepository}
          {...add}
          submitText={t('repositoryEntry.add')}
          onSubmit={async ({ body }) => {
            const { id } = await add.write(body);
            await navigate({ to: '/backups/repositories/$id', params: { id } });
          }}
          onCancel={() => void navigate({ to: '/backups', search: { tab: 'repositories' } })}
        >
          <RepositoryFields />
        </EntryForm>
      </Section>
    </Page>
  );
}

const route = getRouteApi('/backups/repositories/$id/edit');

/** Changes a repository; another place is tested before it counts as there. */
export function EditRepositoryPage() {
  const { t } = useTranslation('backups');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/repositories/{id}', { params: { path: { id } } });
  return (
    <Page title={t('entry.edit', { name: query.data?.name ?? '' })} trail={<Trail />}>
      <Loaded query={query}>{(repository) => <EditRepository repository={repository} />}</Loaded>
    </Page>
  );
}

function EditRepository({ repository }: { readonly repository: Repository }) {
  const { t } = useTranslation(['backups', 'parts']);
  const navigate = useNavigate();
  const { id, locationId, version } = repository;
  const place = $api.useQuery(
    'get',
    '/locations/{id}',
    { params: { path: { id: locationId ?? '' } } },
    { enabled: locationId !== null },
  );
  const change = useWrite(({ changed, version: base }: Entry<RepositoryBody>, header) =>
    api.PATCH('/repositories/{id}', {
      body: changed,
      params: { path: { id }, header: { ...header, ...ifMatch(base) } },
    }),
  );
  const back = () => navigate({ to: '/backups/repositories/$id', params: { id } });
  return (
    <Section title={t('backups:repository.one')}>
      <EntryForm
        initial={valuesOfRepository(repository)}
        version={version}
        bodyOf={bodyOfRepository}
        fieldOf={fieldOfRepository}
        {...change}
        submitText={t('parts:form.save')}
        onSubmit={async (entry) => {
          await change.write(entry);
          await back();
        }}
        onCancel={() => void back()}
      >
        <RepositoryFields
          repository={repository}
          location={place.data && { value: place.data.id, label: `${place.data.code} · ${place.data.name}` }}
        />
      </EntryForm>
    </Section>
  );
}
