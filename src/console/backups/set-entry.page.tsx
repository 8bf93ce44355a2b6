import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Page } from '../parts/page.tsx';
import { Section } from '../parts/section.tsx';
import type { BackupSet } from './backup-api.ts';
import { EditCapturedSet } from './captured-set-entry.tsx';
import { bodyOfSet, changeOfSet, newSet, SetFields, valuesOfSet } from './set-form.tsx';

const newRoute = getRouteApi('/backups/sets/new');

/** Enters a set of backups that another tool makes; what lies there is found by the next listing. */
export function NewSetPage() {
  const { t } = useTranslation('backups');
  const { repository } = newRoute.useSearch();
  const navigate = useNavigate();
  const add = useWrite((body: ReturnType<typeof bodyOfSet>, header) =>
    api.POST('/backup-sets', { body, params: { header } }),
  );
  return (
    <Page title={t('setEntry.new')} trail={<Link to="/backups">{t('title')}</Link>}>
      <Section title={t('set.one')}>
        <EntryForm
          initial={newSet(repository ?? null)}
          bodyOf={bodyOfSet}
          {...add}
          submitText={t('setEntry.add')}
          onSubmit={async ({ body }) => {
            const { id } = await add.write(body);
            await navigate({ to: '/backups/sets/$id', params: { id } });
          }}
          onCancel={() => void navigate({ to: '/backups' })}
        >
          <SetFields />
        </EntryForm>
      </Section>
    </Page>
  );
}

const route = getRouteApi('/backups/sets/$id/edit');

/** Changes a set: what Muster takes, or where another tool leaves its backups. */
export function EditSetPage() {
  const { t } = useTranslation('backups');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/backup-sets/{id}', { params: { path: { id } } });
  return (
    <Page title={t('entry.edit', { name: query.data?.name ?? '' })} trail={<Link to="/backups">{t('title')}</Link>}>
      <Loaded query={query}>
        {(set) => (
          <Section title={t('set.one')}>{set.capture ? <EditCapturedSet set={set} /> : <EditSet set={set} />}</Section>
        )}
      </Loaded>
    </Page>
  );
}

function EditSet({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('parts');
  const navigate = useNavigate();
  const { id, version } = set;
  const change = useWrite(({ changed, version: base }: Entry<ReturnType<typeof changeOfSet>>, header) =>
    api.PATCH('/backup-sets/{id}', {
      body: changed,
      params: { path: { id }, header: { ...header, ...ifMatch(base) } },
    }),
  );
  const back = () => navigate({ to: '/backups/sets/$id', params: { id } });
  return (
    <EntryForm
      initial={valuesOfSet(set)}
      version={version}
      bodyOf={changeOfSet}
      {...change}
      submitText={t('form.save')}
      onSubmit={async (entry) => {
        await change.write(entry);
        await back();
      }}
      onCancel={() => void back()}
    >
      <SetFields set={set} />
    </EntryForm>
  );
}
