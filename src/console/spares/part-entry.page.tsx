import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import { bodyOfPart, NEW_PART, PartFields, type PartValues, valuesOfPart } from './part-form.tsx';
import { SparesPage } from './spares-page.tsx';
import type { Part } from './words.ts';

type PartBody = ReturnType<typeof bodyOfPart>;

/** Adds a part to the catalogue; its page says what comes next. */
export function NewPartPage() {
  const { t } = useTranslation('spares');
  const navigate = useNavigate();
  const add = useWrite((body: PartBody & Pick<PartValues, 'tracking'>, header) =>
    api.POST('/parts', { body, params: { header } }),
  );
  return (
    <SparesPage title={t('entry.newPart')}>
      <Section title={t('part.facts')}>
        <EntryForm
          initial={NEW_PART}
          bodyOf={(values) => ({ ...bodyOfPart(values), tracking: values.tracking })}
          {...add}
          submitText={t('entry.addPart')}
          onSubmit={async ({ body }) => {
            const { id } = await add.write(body);
            await navigate({ to: '/spares/parts/$id', params: { id } });
          }}
          onCancel={() => void navigate({ to: '/spares' })}
        >
          <PartFields />
        </EntryForm>
      </Section>
    </SparesPage>
  );
}

const route = getRouteApi('/spares/parts/$id/edit');

/** Changes what is said about a part. */
export function EditPartPage() {
  const { t } = useTranslation('spares');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/parts/{id}', { params: { path: { id } } });
  return (
    <SparesPage title={t('entry.editPart', { name: query.data?.partNumber ?? '' })}>
      <Loaded query={query}>{(part) => <EditPart part={part} />}</Loaded>
    </SparesPage>
  );
}

function EditPart({ part }: { readonly part: Part }) {
  const { t } = useTranslation(['spares', 'parts']);
  const navigate = useNavigate();
  const { id, version } = part;
  const change = useWrite(({ changed, version: base }: Entry<PartBody>, header) =>
    api.PATCH('/parts/{id}', { body: changed, params: { path: { id }, header: { ...header, ...ifMatch(base) } } }),
  );
  const back = () => navigate({ to: '/spares/parts/$id', params: { id } });
  return (
    <Section title={t('spares:part.facts')}>
      <EntryForm
        initial={valuesOfPart(part)}
        version={version}
        bodyOf={bodyOfPart}
        {...change}
        submitText={t('parts:form.save')}
        onSubmit={async (entry) => {
          await change.write(entry);
          await back();
        }}
        onCancel={() => void back()}
      >
        <PartFields part={part} />
      </EntryForm>
    </Section>
  );
}
