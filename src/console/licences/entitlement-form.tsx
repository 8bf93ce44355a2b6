import { useTranslation } from 'react-i18next';
import { textOrNull } from '../parts/form-changes.ts';
import { DayField, NumberField, PickField, RadioField, TextField, useFieldValue } from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { type Found, LookupField } from '../parts/form-lookup.tsx';
import { OWNERS, PRODUCTS } from '../parts/lookups.ts';
import { dayIn, type Entitlement, METRICS } from './licences.words.ts';

/** What the fields of an entitlement hold. */
export interface EntitlementValues {
  readonly productId: string | null;
  readonly name: string;
  readonly metric: Entitlement['metric'];
  readonly quantity: number | null;
  readonly startsOn: string;
  readonly endsOn: string | null;
  readonly supportEndsOn: string | null;
  readonly contract: string | null;
  readonly cost: { readonly amount?: string; readonly currency?: string };
  readonly ownerId: string | null;
  readonly emergencyReserve: number | null;
  readonly overuse: { readonly policy: 'deny' | 'allow'; readonly percentMax?: number | null };
  readonly note: string | null;
}

export const newEntitlement = (productId: string | null): EntitlementValues => ({
  productId,
  name: '',
  metric: 'named-user',
  quantity: null,
  startsOn: dayIn(0),
  endsOn: null,
  supportEndsOn: null,
  contract: null,
  cost: {},
  ownerId: null,
  emergencyReserve: 0,
  overuse: { policy: 'deny' },
  note: null,
});

export function valuesOfEntitlement(entitlement: Entitlement): EntitlementValues {
  const { product, name, metric, quantity, startsOn, endsOn, supportEndsOn, contract, cost, owner } = entitlement;
  return {
    ...{ name, metric, quantity, startsOn, endsOn, supportEndsOn, contract },
    productId: product.id,
    cost: cost ?? {},
    ownerId: owner?.id ?? null,
    emergencyReserve: entitlement.emergencyReserve,
    overuse: entitlement.overuse,
    note: entitlement.note,
  };
}

/** What is sent for one that is there: its product never changes. */
export function changeOfEntitlement(values: EntitlementValues) {
  const { metric, startsOn, cost, ownerId, overuse } = values;
  const amount = textOrNull(cost.amount);
  return {
    name: values.name.trim(),
    ...{ metric, startsOn, ownerId },
    quantity: values.quantity ?? 0,
    endsOn: textOrNull(values.endsOn),
    supportEndsOn: textOrNull(values.supportEndsOn),
    contract: textOrNull(values.contract),
    cost: amount === null ? null : { amount, currency: (cost.currency ?? '').trim().toUpperCase() },
    emergencyReserve: values.emergencyReserve ?? 0,
    overuse:
      overuse.policy === 'allow'
        ? { policy: 'allow' as const, percentMax: overuse.percentMax ?? 10 }
        : { policy: 'deny' as const },
    note: textOrNull(values.note),
  };
}

export const bodyOfEntitlement = (values: EntitlementValues) => ({
  ...changeOfEntitlement(values),
  productId: values.productId ?? '',
});

interface FieldsProps {
  readonly entitlement?: Entitlement;
  /** The product that a new one is offered for. */
  readonly product?: Found | undefined;
}

/** The fields of an entitlement, new or known. */
export function EntitlementFields({ entitlement, product }: FieldsProps) {
  const { t } = useTranslation('licences');
  const owner = entitlement?.owner;
  const most = { min: 0, max: 10_000_000 };
  return (
    <>
      <FormGroup title={t('entitlementEntry.right')}>
        {entitlement ? null : (
          <LookupField
            name="productId"
            label={t('product')}
            lookup={PRODUCTS}
            known={product ? [product] : []}
            required
          />
        )}
        <TextField
          name="name"
          label={t('entitlements.name')}
          help={t('entitlementEntry.nameHelp')}
          lengthMax={160}
          required
        />
        <PickField
          name="metric"
          label={t('metric')}
          help={t('entitlementEntry.metricHelp')}
          choices={METRICS.map((value) => ({ value, label: t(`basis.${value}`) }))}
        />
        <NumberField name="quantity" label={t('entitlementEntry.seats')} {...most} required />
        <NumberField
          name="emergencyReserve"
          label={t('usage.reserve')}
          help={t('entitlementEntry.reserveHelp')}
          {...most}
        />
        <Overuse />
      </FormGroup>
      <FormGroup title={t('entitlement.term')}>
        <DayField name="startsOn" label={t('entitlement.startsOn')} required />
        <DayField name="endsOn" label={t('entitlementEntry.endsOn')} help={t('entitlementEntry.endsHelp')} />
        <DayField name="supportEndsOn" label={t('entitlementEntry.supportEndsOn')} />
      </FormGroup>
      <FormGroup title={t('entitlementEntry.contract')}>
        <TextField name="contract" label={t('entitlement.contract')} lengthMax={120} />
        <TextField name={['cost', 'amount']} label={t('entitlement.cost')} sample="0.00" lengthMax={15} />
        <TextField name={['cost', 'currency']} label={t('entitlementEntry.currency')} sample="EUR" lengthMax={3} />
        <LookupField
          name="ownerId"
          label={t('entitlement.owner')}
          help={t('entitlementEntry.ownerHelp')}
          lookup={OWNERS}
          known={owner ? [{ value: owner.id, label: owner.name }] : []}
        />
        <TextField name="note" label={t('entitlement.note')} lengthMax={1000} rows={2} />
      </FormGroup>
    </>
  );
}

function Overuse() {
  const { t } = useTranslation('licences');
  const policy = useFieldValue<'deny' | 'allow'>(['overuse', 'policy']);
  return (
    <>
      <RadioField
        name={['overuse', 'policy']}
        label={t('entitlement.overuse')}
        choices={(['deny', 'allow'] as const).map((value) => ({ value, label: t(`entitlementEntry.${value}`) }))}
      />
      {policy === 'allow' ? (
        <NumberField
          name={['overuse', 'percentMax']}
          label={t('entitlementEntry.percent')}
          unit="%"
          min={1}
          max={1000}
          required
        />
      ) : null}
    </>
  );
}
