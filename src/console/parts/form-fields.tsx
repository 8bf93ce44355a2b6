import { Checkbox, Form, Input, InputNumber, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { type FieldProps, FormItem } from './form-item.tsx';

interface TextFieldProps extends FieldProps {
  readonly lengthMax: number;
  /** What a value looks like; the same in every language. */
  readonly sample?: string;
  /** Codes, paths and fingerprints are read letter by letter. */
  readonly isCode?: boolean;
  /** More than one line. */
  readonly rows?: number;
  /** The browser's own field for a local date and time. */
  readonly type?: 'datetime-local';
  readonly pattern?: { readonly of: RegExp; readonly message: string };
}

/** A text; blanks around it do not count. */
export function TextField({ lengthMax, sample, isCode, rows, type, pattern, ...field }: TextFieldProps) {
  const { t } = useTranslation('parts');
  const look = { maxLength: lengthMax, placeholder: sample, className: isCode ? 'code' : '', autoComplete: 'off' };
  const rules = [
    ...(field.required ? [{ whitespace: true, message: t('form.missing') }] : []),
    ...(pattern ? [{ pattern: pattern.of, message: pattern.message }] : []),
  ];
  return (
    <FormItem {...field} rules={rules}>
      {rows ? (
        <Input.TextArea rows={rows} {...look} />
      ) : (
        <Input {...look} {...(type ? { type } : {})} spellCheck={!isCode} />
      )}
    </FormItem>
  );
}

/** A secret: it is sent, and never shown again. */
export function SecretField({ lengthMax, rows, ...field }: FieldProps & { lengthMax: number; rows?: number }) {
  return (
    <FormItem {...field} say={() => '•••'}>
      {rows ? (
        <Input.TextArea rows={rows} maxLength={lengthMax} className="code" autoComplete="off" spellCheck={false} />
      ) : (
        <Input.Password maxLength={lengthMax} autoComplete="new-password" />
      )}
    </FormItem>
  );
}

interface NumberFieldProps extends FieldProps {
  readonly min?: number;
  readonly max?: number;
  /** Behind the number: what it counts. */
  readonly unit?: string;
  /** Digits behind the point; none unless it is said. */
  readonly digits?: number;
}

/** A number; one that is left empty is null. */
export function NumberField({ min, max, unit, digits = 0, ...field }: NumberFieldProps) {
  const { t } = useTranslation('parts');
  const range = {
    validator: async (_: unknown, value: number | null | undefined) => {
      if (value === null || value === undefined) return;
      if (min !== undefined && value < min) throw new Error(t('form.min', { min }));
      if (max !== undefined && value > max) throw new Error(t('form.max', { max }));
    },
  };
  return (
    <FormItem {...field} rules={[range]}>
      <InputNumber<number> precision={digits} suffix={unit} controls={false} className="number-field" />
    </FormItem>
  );
}

/** A day, in the browser's own field. */
export function DayField(field: FieldProps) {
  return (
    <FormItem {...field}>
      <Input type="date" className="day-field" />
    </FormItem>
  );
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

interface ChoiceFieldProps extends FieldProps {
  readonly choices: readonly Choice[];
  /** Offers to choose none, called so. */
  readonly none?: string;
}

/** One of a few choices that all can be seen. */
export function RadioField({ choices, ...field }: ChoiceFieldProps) {
  return (
    <FormItem {...field} required say={sayOf(choices)}>
      <Radio.Group options={[...choices]} />
    </FormItem>
  );
}

/** One of several choices. */
export function PickField({ choices, none, ...field }: ChoiceFieldProps) {
  return (
    <FormItem {...field} required={field.required ?? none === undefined} say={sayOf(choices)}>
      <Select
        showSearch={{ optionFilterProp: 'label' }}
        options={[...choices]}
        allowClear={none !== undefined}
        {...(none === undefined ? {} : { placeholder: none })}
      />
    </FormItem>
  );
}

/** Several words or names, each entered with Enter. */
export function WordsField({ sample, ...field }: FieldProps & { readonly sample?: string }) {
  return (
    <FormItem {...field} say={(value) => ((value as string[] | undefined) ?? []).join(', ') || '–'}>
      <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '\n']} placeholder={sample} />
    </FormItem>
  );
}

const sayOf = (choices: readonly Choice[]) => (value: unknown) =>
  choices.find((choice) => choice.value === value)?.label ?? (value ? String(value) : '–');

/** Yes or no. */
export function TickField(field: FieldProps) {
  const { t } = useTranslation('parts');
  const { label, ...others } = field;
  return (
    <FormItem {...others} label="" valuePropName="checked" say={(value) => t(value ? 'confirm.yes' : 'confirm.no')}>
      <Checkbox>{label}</Checkbox>
    </FormItem>
  );
}

/** What a field of the form holds now; the part of the form that asks is shown anew when it changes. */
export const useFieldValue = <Value,>(name: string | readonly (string | number)[]): Value | undefined =>
  Form.useWatch<Value | undefined>(typeof name === 'string' ? name : ([...name] as unknown as string), {
    preserve: true,
  });
