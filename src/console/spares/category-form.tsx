import { useTranslation } from 'react-i18next';
import { PickField, TextField, TickField, useFieldValue, WordsField } from '../parts/form-fields.tsx';
import { FormRows } from '../parts/form-rows.tsx';
import { type Category, FIELD_TYPES } from './words.ts';

type FieldType = (typeof FIELD_TYPES)[number];

interface FieldValues {
  readonly key?: string;
  readonly label?: string;
  readonly required?: boolean;
  readonly type?: FieldType;
  readonly unit?: string | null;
  readonly choices?: readonly string[];
}

export interface CategoryValues {
  readonly name: string;
  readonly fields: readonly FieldValues[];
}

export const valuesOfCategory = ({ name, fields }: Category): CategoryValues => ({ name, fields });

/** What is sent: of each field what belongs to its type; bounds that were set elsewhere stay. */
export const bodyOfCategory = ({ name, fields }: CategoryValues) => ({
  name: name.trim(),
  fields: fields.map((field) => {
    const { key = '', label = '', required = false, type = 'text', unit, choices, ...bounds } = field;
    const shared = { key: key.trim(), label: label.trim(), required };
    if (type === 'choice') return { ...shared, type, choices: [...(choices ?? [])] };
    if (type === 'number' || type === 'integer') {
      return { ...shared, ...bounds, type, ...(unit?.trim() ? { unit: unit.trim() } : {}) };
    }
    return { ...shared, ...(type === 'text' ? bounds : {}), type };
  }),
});

/** The name of a category, and the fields that its parts have besides. */
export function CategoryFields() {
  const { t } = useTranslation('spares');
  return (
    <>
      <TextField name="name" label={t('parts.name')} lengthMax={80} required />
      <p className="sub">{t('categories.fieldsText')}</p>
      <FormRows
        name="fields"
        label={t('categories.fields')}
        addText={t('categories.addField')}
        added={{ type: 'text', required: false }}
        max={30}
      >
        {(row) => <OneField row={row} />}
      </FormRows>
    </>
  );
}

function OneField({ row }: { readonly row: number }) {
  const { t } = useTranslation('spares');
  const type = useFieldValue<FieldType>(['fields', row, 'type']);
  return (
    <>
      <TextField name={[row, 'label']} label={t('categories.label')} lengthMax={80} required />
      <TextField
        name={[row, 'key']}
        label={t('categories.key')}
        lengthMax={40}
        isCode
        required
        pattern={{ of: /^[a-z][A-Za-z0-9]*$/, message: t('categories.keyForm') }}
      />
      <PickField
        name={[row, 'type']}
        label={t('categories.type')}
        choices={FIELD_TYPES.map((value) => ({ value, label: t(`categories.types.${value}`) }))}
      />
      {type === 'number' || type === 'integer' ? (
        <TextField name={[row, 'unit']} label={t('categories.unit')} lengthMax={20} />
      ) : null}
      {type === 'choice' ? (
        <WordsField
          name={[row, 'choices']}
          label={t('categories.choices')}
          sample={t('categories.choicesHint')}
          required
        />
      ) : null}
      <TickField name={[row, 'required']} label={t('categories.required')} />
    </>
  );
}
