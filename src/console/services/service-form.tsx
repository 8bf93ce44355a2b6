import { useTranslation } from 'react-i18next';
import type { paths } from '../api/api.generated.d.ts';
import { NumberField, RadioField, TextField } from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { LookupField } from '../parts/form-lookup.tsx';
import { FormRows } from '../parts/form-rows.tsx';
import { BACKUP_SETS, OWNERS, PART_NUMBERS, PRODUCT_NAMES, SERVICES, SKILLS } from '../parts/lookups.ts';

export type Service = paths['/services/{id}']['get']['responses'][200]['content']['application/json'];

const CRITICALITIES = ['emergency', 'important', 'general'] as const satisfies readonly Service['criticality'][];
const DAYS = 90;

/** What the fields of a service hold. */
export interface ServiceValues {
  readonly name: string;
  readonly criticality: Service['criticality'];
  readonly ownerId: string | null;
  readonly customer: string;
  readonly dependencies: string[];
  readonly backupSets: string[];
  readonly requirements: {
    readonly spares: readonly { readonly part?: string | null; readonly quantity?: number | null }[];
    readonly seats: readonly { readonly product?: string | null; readonly quantity?: number | null }[];
    readonly skills: string[];
  };
  readonly maxProofAgeDays: number | null;
}

export const NEW_SERVICE: ServiceValues = {
  name: '',
  criticality: 'important',
  ownerId: null,
  customer: '',
  dependencies: [],
  backupSets: [],
  requirements: { spares: [], seats: [], skills: [] },
  maxProofAgeDays: DAYS,
};

export function valuesOfService(service: Service): ServiceValues {
  const { name, criticality, owner, customer, dependencies, backupSets, requirements, maxProofAgeDays } = service;
  return {
    ...{ name, criticality, customer, dependencies, backupSets, requirements, maxProofAgeDays },
    ownerId: owner.id,
  };
}

export function bodyOfService(values: ServiceValues) {
  const { name, criticality, ownerId, customer, dependencies, backupSets, requirements, maxProofAgeDays } = values;
  return {
    ...{ criticality, dependencies, backupSets },
    name: name.trim(),
    ownerId: ownerId ?? '',
    customer: customer.trim(),
    requirements: {
      spares: requirements.spares.map(({ part, quantity }) => ({ part: part ?? '', quantity: quantity ?? 0 })),
      seats: requirements.seats.map(({ product, quantity }) => ({ product: product ?? '', quantity: quantity ?? 0 })),
      skills: requirements.skills,
    },
    maxProofAgeDays: maxProofAgeDays ?? DAYS,
  };
}

/** The fields of a service, new or known. */
export function ServiceFields({ service }: { readonly service?: Service }) {
  const { t } = useTranslation(['services', 'readiness']);
  return (
    <>
      <FormGroup title={t('services:entry.what')}>
        <TextField name="name" label={t('services:columns.name')} lengthMax={120} required />
        <LookupField
          name="ownerId"
          label={t('readiness:owner')}
          help={t('services:entry.ownerHelp')}
          lookup={OWNERS}
          known={service ? [{ value: service.owner.id, label: service.owner.name }] : []}
          required
        />
        <TextField
          name="customer"
          label={t('services:customer')}
          help={t('services:entry.customerHelp')}
          lengthMax={500}
        />
        <RadioField
          name="criticality"
          label={t('services:criticality')}
          help={t('services:entry.criticalityHelp')}
          choices={CRITICALITIES.map((value) => ({ value, label: t(`readiness:severity.${value}`) }))}
        />
        <NumberField
          name="maxProofAgeDays"
          label={t('services:maxProofAge')}
          help={t('services:entry.proofHelp')}
          unit={t('services:entry.daysUnit')}
          min={1}
          max={3660}
          required
        />
      </FormGroup>
      <FormGroup title={t('services:entry.standsOn')}>
        <LookupField
          name="dependencies"
          label={t('services:entry.dependencies')}
          help={t('services:entry.dependenciesHelp')}
          lookup={SERVICES}
          isMany
        />
        <LookupField
          name="backupSets"
          label={t('services:entry.backupSets')}
          help={t('services:entry.backupSetsHelp')}
          lookup={BACKUP_SETS}
          isMany
        />
      </FormGroup>
      <Requirements />
    </>
  );
}

function Requirements() {
  const { t } = useTranslation('services');
  const most = { min: 1, max: 10_000, required: true };
  return (
    <FormGroup title={t('needs')} text={t('entry.needsText')}>
      <FormRows
        name={['requirements', 'spares']}
        label={t('entry.spares')}
        addText={t('entry.addSpare')}
        added={{ quantity: 1 }}
        max={50}
      >
        {(row) => (
          <>
            <LookupField name={[row, 'part']} label={t('entry.part')} lookup={PART_NUMBERS} required />
            <NumberField name={[row, 'quantity']} label={t('entry.pieces')} {...most} />
          </>
        )}
      </FormRows>
      <FormRows
        name={['requirements', 'seats']}
        label={t('entry.seats')}
        addText={t('entry.addSeats')}
        added={{ quantity: 1 }}
        max={50}
      >
        {(row) => (
          <>
            <LookupField name={[row, 'product']} label={t('entry.product')} lookup={PRODUCT_NAMES} required />
            <NumberField name={[row, 'quantity']} label={t('entry.seatCount')} {...most} />
          </>
        )}
      </FormRows>
      <LookupField
        name={['requirements', 'skills']}
        label={t('entry.skills')}
        help={t('entry.skillsHelp')}
        lookup={SKILLS}
        isMany
      />
    </FormGroup>
  );
}
