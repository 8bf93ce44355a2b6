import { Form } from 'antd';
import type { Rule } from 'antd/es/form';
import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useShownField } from './form-context.ts';

/** What every field of a form can be told. */
export interface FieldProps {
  /** Where its value stands in the values of the form; inside of a list of rows, in those of its row. */
  readonly name: string | readonly (string | number)[];
  readonly label: string;
  /** Under the field: what is not obvious about it. */
  readonly help?: ReactNode;
  readonly required?: boolean;
}

interface FormItemProps extends FieldProps {
  readonly rules?: readonly Rule[];
  readonly valuePropName?: string;
  /** A value of the field as people read it; left out for texts and numbers. */
  readonly say?: (value: unknown) => ReactNode;
  readonly children: ReactElement;
}

const sayPlainly = (value: unknown): ReactNode => {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** A field of an `EntryForm` under its label. The fields beside this one stand upon it. */
export function FormItem({ name, label, help, required, rules = [], valuePropName, say, children }: FormItemProps) {
  const { t } = useTranslation('parts');
  const path = typeof name === 'string' ? [name] : [...name];
  useShownField(path, label, say ?? sayPlainly);
  const needed: Rule[] = required ? [{ required: true, message: t('form.missing') }] : [];
  return (
    <Form.Item
      name={path}
      label={label}
      extra={help}
      rules={[...needed, ...rules]}
      required={required ?? false}
      {...(valuePropName ? { valuePropName } : {})}
    >
      {children}
    </Form.Item>
  );
}
