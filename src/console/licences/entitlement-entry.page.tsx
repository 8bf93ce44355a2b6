import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { type Entry, EntryForm } from '../parts/entry-form.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Section } from '../parts/section.tsx';
import {
  bodyOfEntitlement,
  changeOfEntitlement,
  EntitlementFields,
  newEntitlement,
  valuesOfEntitlement,
} from './entitlement-form.tsx';
import type { Entitlement } from './licences.words.ts';
import { LicencesPage } from './licences-page.tsx';

const newRoute = getRouteApi('/licences/entitlements/new');

/** Adds a right to use a product. */
export function NewEntitlementPage() {
  const { t } = useTranslation('licences');
  const { product: productId } = newRoute.useSearch();
  const navigate = useNavigate();
  const product = $api.useQuery(
    'get',
    '/licence-products/{id}',
    { params: { path: { id: productId ?? '' } } },
    { enabled: productId !== undefined },
  ).data;
  const add = useWrite((body: ReturnType<typeof bodyOfEntitlement>, header) =>
    api.POST('/entitlements', { body, params: { header } }),
  );
  return (
    <LicencesPage title={t('entitlementEntry.new')}>
      <Section title={t('entitlementEntry.facts')}>
        <EntryForm
          initial={newEntitlement(productId ?? null)}
          bodyOf={bodyOfEntitlement}
          {...add}
          submitText={t('entitlementEntry.add')}
          onSubmit={async ({ body }) => {
            const { id } = await add.write(body);
            await navigate({ to: '/licences/entitlements/$id', params: { id } });
          }}
          onCancel={() => void navigate({ to: '/licences/entitlements' })}
        >
          <EntitlementFields product={product && { value: product.id, label: `${product.vendor} ${product.name}` }} />
        </EntryForm>
      </Section>
    </LicencesPage>
  );
}

const route = getRouteApi('/licences/entitlements/$id/edit');

/** Changes a right to use a product. */
export function EditEntitlementPage() {
  const { t } = useTranslation('licences');
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/entitlements/{id}', { params: { path: { id } } });
  return (
    <LicencesPage title={t('entitlementEntry.edit', { name: query.data?.name ?? '' })}>
      <Loaded query={query}>{(entitlement) => <EditEntitlement entitlement={entitlement} />}</Loaded>
    </LicencesPage>
  );
}

function EditEntitlement({ entitlement }: { readonly entitlement: Entitlement }) {
  const { t } = useTranslation(['licences', 'parts']);
  const navigate = useNavigate();
  const { id, version } = entitlement;
  const change = useWrite(({ changed, version: base }: Entry<ReturnType<typeof changeOfEntitlement>>, header) =>
    api.PATCH('/entitlements/{id}', {
      body: changed,
      params: { path: { id }, header: { ...header, ...ifMatch(base) } },
    }),
  );
  const back = () => navigate({ to: '/licences/entitlements/$id', params: { id } });
  return (
    <Section title={t('licences:entitlementEntry.facts')}>
      <EntryForm
        initial={valuesOfEntitlement(entitlement)}
        version={version}
        bodyOf={changeOfEntitlement}
        {...change}
        submitText={t('parts:form.save')}
        onSubmit={async (entry) => {
          await change.write(entry);
          await back();
        }}
        onCancel={() => void back()}
      >
        <EntitlementFields entitlement={entitlement} />
      </EntryForm>
    </Section>
  );
}
