import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { FormButton } from '../parts/form-button.tsx';
import { textOrNull } from '../parts/form-changes.ts';
import { SecretField, TextField } from '../parts/form-fields.tsx';
import { LinkButton } from '../parts/link-button.tsx';
import { ReasonButton } from '../parts/reason-button.tsx';
import type { Entitlement, LicenceKey } from './licences.words.ts';

/** What can be done with an entitlement: add a key, change it, take it out of use. */
export function EntitlementActions({ entitlement }: { readonly entitlement: Entitlement }) {
  const { t } = useTranslation(['licences', 'parts']);
  const can = useCan();
  const { id, version } = entitlement;
  const retire = useWrite((reason: string, header) =>
    api.POST('/entitlements/{id}/retire', {
      body: { reason },
      params: { path: { id }, header: { ...header, ...ifMatch(version) } },
    }),
  );
  if (entitlement.retired || !can('licence.write')) return null;
  return (
    <>
      <AddKey entitlementId={id} />
      <LinkButton to="/licences/entitlements/$id/edit" params={{ id }}>
        {t('parts:form.edit')}
      </LinkButton>
      <ReasonButton
        danger
        label={t('parts:form.retire')}
        text={t('licences:entitlementEntry.retireText')}
        write={retire}
        onConfirm={(reason) => retire.write(reason)}
      />
    </>
  );
}

/** Adds a key: it is stored sealed, and shown only with a reason. */
function AddKey({ entitlementId }: { readonly entitlementId: string }) {
  const { t } = useTranslation('licences');
  const add = useWrite((body: { entitlementId: string; key: string; seat: string | null }, header) =>
    api.POST('/licence-keys', { body, params: { header } }),
  );
  return (
    <FormButton
      label={t('keyEntry.add')}
      text={t('keyEntry.text')}
      initial={{ key: '', seat: '' }}
      bodyOf={({ key, seat }) => ({ entitlementId, key, seat: textOrNull(seat) })}
      write={add}
      onSubmit={({ body }) => add.write(body)}
    >
      <SecretField name="key" label={t('keys.key')} lengthMax={12_000} rows={3} required />
      <TextField name="seat" label={t('keys.seat')} help={t('keyEntry.seatHelp')} lengthMax={120} />
    </FormButton>
  );
}

/** Withdraws a key for good. */
export function WithdrawKey({ licenceKey: { id, version } }: { readonly licenceKey: LicenceKey }) {
  const { t } = useTranslation('licences');
  const withdraw = useWrite((reason: string, header) =>
    api.POST('/licence-keys/{id}/withdraw', {
      body: { reason },
      params: { path: { id }, header: { ...header, ...ifMatch(version) } },
    }),
  );
  return (
    <ReasonButton
      small
      danger
      label={t('keyEntry.withdraw')}
      text={t('keyEntry.withdrawText')}
      write={withdraw}
      onConfirm={(reason) => withdraw.write(reason)}
    />
  );
}
