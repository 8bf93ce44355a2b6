import { Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DrillDetail } from './drill-data.ts';

/** One parameter of a definition; what is left empty has its default. */
export function ParameterField({ parameter }: { readonly parameter: DrillDetail['parameters'][number] }) {
  const { t } = useTranslation('drills');
  const { name, type, description, oneOf, min, max, mayVary } = parameter;
  const fallback = t('start.default', { value: String(parameter.default) });
  const help = [description, mayVary ? t('start.mayVary') : null].filter((part) => part !== null).join(' · ');
  return (
    <Form.Item name={['parameters', name]} label={name} extra={help}>
      {type === 'boolean' || oneOf ? (
        <Select
          allowClear
          placeholder={fallback}
          options={(oneOf ?? [true, false]).map((value) => ({ value, label: String(value) }))}
        />
      ) : (
        <Input
          placeholder={fallback}
          maxLength={1000}
          {...(type === 'string' ? {} : { type: 'number', step: type === 'integer' ? 1 : 'any' })}
          {...(min === null ? {} : { min })}
          {...(max === null ? {} : { max })}
        />
      )}
    </Form.Item>
  );
}
