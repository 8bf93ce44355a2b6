import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import { RadioField, TextField, useFieldValue } from '../parts/form-fields.tsx';
import { type Found, LookupField } from '../parts/form-lookup.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { LOCATIONS } from '../parts/lookups.ts';
import { Section } from '../parts/section.tsx';
import { SparesPage } from './spares-page.tsx';
import { LOCATION_KINDS, type Location, type LocationKind } from './words.ts';

interface LocationValues {
  readonly code: string;
  readonly name: string;
  readonly kind: LocationKind;
  readonly parentId: string | null;
}

const bodyOf = ({ code, name, kind, parentId }: LocationValues) => ({
  code: code.trim(),
  name: name.trim(),
  kind,
  parentId: kind === 'site' ? null : parentId,
});

/** What most often lies in a location of a kind. */
const INSIDE: Record<LocationKind, LocationKind> = { site: 'room', room: 'rack', rack: 'bin', bin: 'bin' };

const newRoute = getRouteApi('/spares/locations/new');

/** Adds a location: a site, or one inside of another. */
export function NewLocationPage() {
  const { t } = useTranslation('spares');
  const { in: parentId } = newRoute.useSearch();
  const parent = $api.useQuery(
    'get',
    '/locations/{id}',
    { params: { path: { id: parentId ?? '' } } },
    { enabled: parentId !== undefined },
  );
  return (
    <SparesPage title={t('locationEntry.new')}>
      {parentId === undefined ? (
        <NewLocation parent={undefined} />
      ) : (
        <Loaded query={parent}>{(found) => <NewLocation parent={found} />}</Loaded>
      )}
    </SparesPage>
  );
}

function NewLocation({ parent }: { readonly parent: Location | undefined }) {
  const { t } = useTranslation('spares');
  const navigate = useNavigate();
  const add = useWrite((body: ReturnType<typeof bodyOf>, header) =>
    api.POST('/locations', { body, params: { header } }),
  );
  const initial: LocationValues = {
    code: '',
    name: '',
    kind: parent ? INSIDE[parent.kind] : 'site',
    parentId: parent?.id ?? null,
  };
  return (
    <Section title={t('locationEntry.facts')}>
      <EntryForm
        initial={initial}
        bodyOf={bodyOf}
        {...add}
        submitText={t('locationEntry.add')}
        onSubmit={async ({ body }) => {
          const { id } = await add.write(body);
          await navigate({ to: '/spares/locations', search: { at: id } });
        }}
        onCancel={() => void navigate({ to: '/spares/locations', search: { at: parent?.id } })}
      >
        <LocationFields parent={parent && { value: parent.id, label: `${parent.code} · ${parent.name}` }} />
      </EntryForm>
    </Section>
  );
}

const editRoute = getRouteApi('/spares/locations/$id/edit');

/** Changes a location; another parent moves it with everything in it. */
export function EditLocationPage() {
  const { t } = useTranslation('spares');
  const { id } = editRoute.useParams();
  const query = $api.useQuery('get', '/locations/{id}', { params: { path: { id } } });
  return (
    <SparesPage title={t('locationEntry.edit', { code: query.data?.code ?? '' })}>
      <Loaded query={query}>{(location) => <EditLocation location={location} />}</Loaded>
    </SparesPage>
  );
}

function EditLocation({ location }: { readonly location: Location }) {
  const { t } = useTranslation(['spares', 'parts']);
  const navigate = useNavigate();
  const { id, code, name, kind, version } = location;
  const parent = location.path.at(-2);
  const change = useWrite(({ changed, version: base }: Entry<ReturnType<typeof bodyOf>>, header) =>
    api.PATCH('/locations/{id}', { body: changed, params: { path: { id }, header: { ...header, ...ifMatch(base) } } }),
  );
  const back = () => navigate({ to: '/spares/locations', search: { at: id } });
  const initial: LocationValues = { code, name, kind, parentId: parent?.id ?? null };
  return (
    <Section title={t('spares:locationEntry.facts')}>
      <EntryForm
        initial={initial}
        version={version}
        bodyOf={bodyOf}
        {...change}
        submitText={t('parts:form.save')}
        onSubmit={async (entry) => {
          await change.write(entry);
          await back();
        }}
        onCancel={() => void back()}
      >
        <LocationFields parent={parent && { value: parent.id, label: parent.code }} isKnown />
      </EntryForm>
    </Section>
  );
}

interface LocationFieldsProps {
  readonly parent: Found | undefined;
  readonly isKnown?: boolean;
}

function LocationFields({ parent, isKnown = false }: LocationFieldsProps) {
  const { t } = useTranslation('spares');
  const kind = useFieldValue<LocationKind>('kind');
  return (
    <>
      <RadioField
        name="kind"
        label={t('locations.kind')}
        help={t('locationEntry.kindHelp')}
        choices={LOCATION_KINDS.map((value) => ({ value, label: t(`locationKind.${value}`) }))}
      />
      {kind === 'site' ? null : (
        <LookupField
          name="parentId"
          label={t('locationEntry.parent')}
          {...(isKnown ? { help: t('locationEntry.parentHelp') } : {})}
          lookup={LOCATIONS}
          known={parent ? [parent] : []}
          required
        />
      )}
      <TextField
        name="code"
        label={t('locationEntry.code')}
        help={t('locationEntry.codeHelp')}
        lengthMax={40}
        isCode
        required
      />
      <TextField name="name" label={t('parts.name')} help={t('locationEntry.nameHelp')} lengthMax={120} required />
    </>
  );
}
