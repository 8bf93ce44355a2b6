import { useTranslation } from 'react-i18next';
import { $api } from '../api/client.ts';
import { textOrNull } from '../parts/form-changes.ts';
import {
  DayField,
  NumberField,
  PickField,
  RadioField,
  TextField,
  TickField,
  useFieldValue,
} from '../parts/form-fields.tsx';
import { FormGroup } from '../parts/form-group.tsx';
import { type Found, LookupField } from '../parts/form-lookup.tsx';
import { FormRows } from '../parts/form-rows.tsx';
import { CATEGORIES, LOCATIONS, OWNERS } from '../parts/lookups.ts';
import { type Part, TRACKINGS } from './words.ts';

type Custom = Record<string, string | number | boolean>;

/** What the fields of a part hold. */
export interface PartValues {
  readonly manufacturer: string;
  readonly partNumber: string;
  readonly name: string;
  readonly categoryId: string | null;
  readonly tracking: Part['tracking'];
  readonly unitOfMeasure: string;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly ownerId: string | null;
  readonly emergencyReserve: number | null;
  readonly locationReserves: readonly { readonly locationId?: string | null; readonly quantity?: number | null }[];
  readonly reorderPoint: number | null;
  readonly reorderQuantity: number | null;
  readonly leadTimeDays: number | null;
  readonly shelfLifeDays: number | null;
  readonly testIntervalDays: number | null;
  readonly mtbfHours: number | null;
  readonly annualFailureRate: number | null;
  readonly installedBase: number | null;
  readonly unitCost: string | null;
  readonly currency: string | null;
}

export const NEW_PART: PartValues = {
  manufacturer: '',
  partNumber: '',
  name: '',
  categoryId: null,
  tracking: 'serial',
  unitOfMeasure: 'piece',
  custom: {},
  ownerId: null,
  emergencyReserve: 0,
  locationReserves: [],
  reorderPoint: null,
  reorderQuantity: null,
  leadTimeDays: null,
  shelfLifeDays: null,
  testIntervalDays: null,
  mtbfHours: null,
  annualFailureRate: null,
  installedBase: null,
  unitCost: null,
  currency: null,
};

/** The fields of a part that is there. */
export function valuesOfPart({ category, owner, locationReserves, ...part }: Part): PartValues {
  const { id: _, retired: __, version: ___, createdAt: ____, updatedAt: _____, ...values } = part;
  return {
    ...values,
    categoryId: category.id,
    ownerId: owner?.id ?? null,
    locationReserves: locationReserves.map(({ location, quantity }) => ({ locationId: location.id, quantity })),
  };
}

/** What is sent for them. */
export function bodyOfPart({ tracking, ...values }: PartValues) {
  const { custom, locationReserves } = values;
  const stated = Object.entries(custom).filter(([, value]) => value !== null && value !== undefined && value !== '');
  return {
    ...values,
    manufacturer: values.manufacturer.trim(),
    partNumber: values.partNumber.trim(),
    name: values.name.trim(),
    categoryId: values.categoryId ?? '',
    unitOfMeasure: values.unitOfMeasure.trim(),
    custom: Object.fromEntries(stated) as Custom,
    emergencyReserve: values.emergencyReserve ?? 0,
    locationReserves: locationReserves.map(({ locationId, quantity }) => ({
      locationId: locationId ?? '',
      quantity: quantity ?? 0,
    })),
    unitCost: textOrNull(values.unitCost),
    currency: textOrNull(values.currency)?.toUpperCase() ?? null,
  };
}

interface PartFieldsProps {
  /** The part that is changed; left out for a new one. */
  readonly part?: Part;
}

/** The fields of a part, new or known. How it is tracked is decided once. */
export function PartFields({ part }: PartFieldsProps) {
  const { t } = useTranslation('spares');
  const known = (found: Found | false | null | undefined) => (found ? [found] : []);
  return (
    <>
      <FormGroup title={t('entry.what')}>
        <TextField name="manufacturer" label={t('parts.manufacturer')} lengthMax={80} required />
        <TextField
          name="partNumber"
          label={t('entry.partNumber')}
          help={t('entry.partNumberHelp')}
          lengthMax={80}
          isCode
          required
        />
        <TextField name="name" label={t('parts.name')} lengthMax={160} required />
        <LookupField
          name="categoryId"
          label={t('parts.category')}
          help={t('entry.categoryHelp')}
          lookup={CATEGORIES}
          known={known(part && { value: part.category.id, label: part.category.name })}
          required
        />
        {part ? null : (
          <RadioField
            name="tracking"
            label={t('parts.tracking')}
            help={t('entry.trackingHelp')}
            choices={TRACKINGS.map((value) => ({ value, label: t(`tracking.${value}`) }))}
          />
        )}
        <TextField
          name="unitOfMeasure"
          label={t('part.unitOfMeasure')}
          help={t('entry.measureHelp')}
          lengthMax={20}
          required
        />
        <LookupField
          name="ownerId"
          label={t('parts.owner')}
          help={t('entry.ownerHelp')}
          lookup={OWNERS}
          known={known(part?.owner && { value: part.owner.id, label: part.owner.name })}
        />
        <CustomFields />
      </FormGroup>
      <ReserveFields
        places={(part?.locationReserves ?? []).map(({ location }) => ({ value: location.id, label: location.code }))}
      />
      <LifeFields />
    </>
  );
}

/** What the parts of the chosen category state besides. */
function CustomFields() {
  const { t } = useTranslation('spares');
  const categoryId = useFieldValue<string | null>('categoryId');
  const categories = $api.useQuery('get', '/part-categories', { params: { query: { limit: 200, state: 'all' } } });
  const category = categories.data?.items.find(({ id }) => id === categoryId);
  return (category?.fields ?? []).map((field) => {
    const shared = { name: ['custom', field.key], label: field.label, required: field.required ?? false };
    switch (field.type) {
      case 'text':
        return <TextField key={field.key} {...shared} lengthMax={field.maxLength ?? 400} />;
      case 'number':
      case 'integer':
        return (
          <NumberField
            key={field.key}
            {...shared}
            digits={field.type === 'number' ? 6 : 0}
            {...(field.unit ? { unit: field.unit } : {})}
            {...(field.min === undefined ? {} : { min: field.min })}
            {...(field.max === undefined ? {} : { max: field.max })}
          />
        );
      case 'boolean':
        return <TickField key={field.key} name={shared.name} label={field.label} />;
      case 'date':
        return <DayField key={field.key} {...shared} />;
      case 'choice':
        return (
          <PickField
            key={field.key}
            {...shared}
            none={t('entry.notStated')}
            choices={field.choices.map((value) => ({ value, label: value }))}
          />
        );
      default:
        return null;
    }
  });
}

function ReserveFields({ places }: { readonly places: readonly Found[] }) {
  const { t } = useTranslation('spares');
  const most = { min: 0, max: 1_000_000 };
  return (
    <FormGroup title={t('entry.reserves')} text={t('entry.reservesText')}>
      <NumberField name="emergencyReserve" label={t('parts.reserve')} help={t('entry.reserveHelp')} {...most} />
      <NumberField name="reorderPoint" label={t('parts.reorderPoint')} help={t('entry.reorderHelp')} {...most} />
      <NumberField name="reorderQuantity" label={t('part.reorderQuantity')} {...most} min={1} />
      <NumberField name="leadTimeDays" label={t('part.leadTime')} unit={t('entry.days')} min={0} max={3660} />
      <FormRows
        name="locationReserves"
        label={t('part.localReserve')}
        addText={t('entry.addLocalReserve')}
        added={{}}
        max={100}
      >
        {(row) => (
          <>
            <LookupField
              name={[row, 'locationId']}
              label={t('entry.reserveAt')}
              lookup={LOCATIONS}
              known={places}
              required
            />
            <NumberField name={[row, 'quantity']} label={t('entry.pieces')} min={1} max={1_000_000} required />
          </>
        )}
      </FormRows>
    </FormGroup>
  );
}

function LifeFields() {
  const { t } = useTranslation('spares');
  return (
    <>
      <FormGroup title={t('entry.life')}>
        <NumberField
          name="shelfLifeDays"
          label={t('part.shelfLife')}
          help={t('entry.shelfLifeHelp')}
          unit={t('entry.days')}
          min={1}
          max={36_600}
        />
        <NumberField
          name="testIntervalDays"
          label={t('part.testInterval')}
          help={t('entry.testHelp')}
          unit={t('entry.days')}
          min={1}
          max={3660}
        />
      </FormGroup>
      <FormGroup title={t('entry.failures')} text={t('entry.failuresText')}>
        <NumberField name="installedBase" label={t('entry.installedBase')} min={0} max={100_000_000} />
        <NumberField name="mtbfHours" label={t('entry.mtbf')} unit={t('entry.hours')} min={1} max={1_000_000_000} />
        <NumberField name="annualFailureRate" label={t('entry.afr')} help={t('entry.afrHelp')} digits={6} max={1000} />
      </FormGroup>
      <FormGroup title={t('entry.cost')}>
        <TextField
          name="unitCost"
          label={t('part.unitCost')}
          lengthMax={15}
          sample="0.00"
          pattern={{ of: /^\s*(\d{1,12}(\.\d{1,2})?)?\s*$/, message: t('entry.costForm') }}
        />
        <TextField
          name="currency"
          label={t('entry.currency')}
          lengthMax={3}
          sample="EUR"
          pattern={{ of: /^\s*([A-Za-z]{3})?\s*$/, message: t('entry.currencyForm') }}
        />
      </FormGroup>
    </>
  );
}
