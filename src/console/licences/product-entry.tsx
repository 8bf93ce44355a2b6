import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { $api, api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import type { Entry } from '../parts/entry-form.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { textOrNull } from '../parts/form-changes.ts';
import { TextField } from '../parts/form-fields.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';

interface ProductValues {
  readonly vendor: string;
  readonly name: string;
  readonly productVersion: string | null;
}

const bodyOf = ({ vendor, name, productVersion }: ProductValues) => ({
  vendor: vendor.trim(),
  name: name.trim(),
  productVersion: textOrNull(productVersion),
});

function ProductFields() {
  const { t } = useTranslation('licences');
  return (
    <>
      <TextField name="vendor" label={t('productPage.vendor')} lengthMax={80} required />
      <TextField name="name" label={t('entitlements.name')} lengthMax={160} required />
      <TextField
        name="productVersion"
        label={t('productPage.version')}
        help={t('productEntry.versionHelp')}
        lengthMax={40}
      />
    </>
  );
}

/** Adds a licensed product; its page says what comes next. */
export function AddProduct() {
  const { t } = useTranslation('licences');
  const can = useCan();
  const navigate = useNavigate();
  const add = useWrite((body: ReturnType<typeof bodyOf>, header) =>
    api.POST('/licence-products', { body, params: { header } }),
  );
  if (!can('licence.write')) return null;
  const initial: ProductValues = { vendor: '', name: '', productVersion: null };
  return (
    <FormButton
      label={t('productEntry.new')}
      initial={initial}
      bodyOf={bodyOf}
      write={add}
      onSubmit={async ({ body }) => {
        const { id } = await add.write(body);
        await navigate({ to: '/licences/products/$id', params: { id } });
      }}
    >
      <ProductFields />
    </FormButton>
  );
}

/** What can be done with a product: add an entitlement or what was found, change it, take it out of use. */
export function ProductActions({ id }: { readonly id: string }) {
  const { t } = useTranslation(['licences', 'parts']);
  const can = useCan();
  const path = { id };
  const product = $api.useQuery('get', '/licence-products/{id}', { params: { path } }).data;
  const change = useWrite(({ changed, version }: Entry<ReturnType<typeof bodyOf>>, header) =>
    api.PATCH('/licence-products/{id}', {
      body: changed,
      params: { path, header: { ...header, ...ifMatch(version) } },
    }),
  );
  const retire = useWrite((reason: string, header) =>
    api.POST('/licence-products/{id}/retire', {
      body: { reason },
      params: { path, header: { ...header, ...ifMatch(product?.version ?? 0) } },
    }),
  );
  if (!product || product.retired || !can('licence.write')) return null;
  const { vendor, name, productVersion, version } = product;
  return (
    <>
      <LinkButton isPrimary to="/licences/entitlements/new" search={{ product: id }}>
        {t('licences:entitlementEntry.new')}
      </LinkButton>
      <FormButton
        label={t('parts:form.edit')}
        initial={{ vendor, name, productVersion }}
        version={version}
        bodyOf={bodyOf}
        write={change}
        onSubmit={(entry) => change.write(entry)}
      >
        <ProductFields />
      </FormButton>
      <ReasonButton
        danger
        label={t('parts:form.retire')}
        text={t('licences:productEntry.retireText')}
        write={retire}
        onConfirm={(reason) => retire.write(reason)}
      />
    </>
  );
}
