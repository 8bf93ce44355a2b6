import { InputNumber, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { type FieldProps, FormItem } from './form-item.tsx';
import { formatSeconds } from './format.ts';

const UNITS = { minutes: 60, hours: 3_600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;

/** A length of time. Its value is in seconds; null when it is left empty. */
export function DurationField(field: FieldProps) {
  const { language } = usePreferences();
  return (
    <FormItem {...field} say={(seconds) => (typeof seconds === 'number' ? formatSeconds(seconds, language) : '–')}>
      <Duration label={field.label} />
    </FormItem>
  );
}

/** The largest unit of which there is a whole number. */
const unitOf = (seconds: number): Unit =>
  seconds % UNITS.days === 0 ? 'days' : seconds % UNITS.hours === 0 ? 'hours' : 'minutes';

interface DurationProps {
  readonly label: string;
  /** These come from the field that it stands in. */
  readonly id?: string;
  readonly value?: number | null;
  readonly onChange?: (seconds: number | null) => void;
}

function Duration({ label, id, value, onChange }: DurationProps) {
  const { t } = useTranslation('parts');
  const [unit, setUnit] = useState<Unit>(value ? unitOf(value) : 'hours');
  const count = typeof value === 'number' ? value / UNITS[unit] : null;
  return (
    <Space.Compact>
      <InputNumber<number>
        {...(id ? { id } : {})}
        value={count}
        min={0}
        controls={false}
        onChange={(typed) => onChange?.(typed === null ? null : Math.round(typed * UNITS[unit]))}
      />
      <Select<Unit>
        aria-label={t('form.unitOf', { field: label })}
        value={unit}
        popupMatchSelectWidth={false}
        options={(Object.keys(UNITS) as Unit[]).map((one) => ({ value: one, label: t(`form.units.${one}`) }))}
        onChange={(next) => {
          setUnit(next);
          if (count !== null) onChange?.(Math.round(count * UNITS[next]));
        }}
      />
    </Space.Compact>
  );
}
