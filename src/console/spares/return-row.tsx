import { DeleteOutlined } from '@ant-design/icons';
import { Button, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Mark } from '../parts/mark.tsx';
import { AllocationLink } from './allocation-link.tsx';
import type { ReturnLine } from './desk.ts';
import { CONDITIONS, type Condition } from './words.ts';

interface ReturnRowProps {
  readonly line: ReturnLine;
  /** Why it was not taken back. */
  readonly reason?: string | undefined;
  /** Undefined takes it off the list. */
  readonly onChange: (line: ReturnLine | undefined) => void;
}

/** One thing that comes back: from whom, how many, and in which condition. */
export function ReturnRow({ line, reason, onChange }: ReturnRowProps) {
  const { t } = useTranslation('spares');
  const name = line.what;
  return (
    <li className="return-line">
      <span className="basket-name">
        <span className="code">{name}</span>
        <span className="sub">
          {line.holder.name} · <AllocationLink allocation={line.allocation} />
        </span>
      </span>
      {line.out > 1 ? (
        <InputNumber
          aria-label={t('desk.quantityOf', { name })}
          min={1}
          max={line.out}
          precision={0}
          value={line.quantity}
          onChange={(quantity) => onChange({ ...line, quantity: quantity ?? 1 })}
        />
      ) : null}
      <Select<Condition>
        aria-label={t('desk.conditionOf', { name })}
        value={line.condition}
        options={CONDITIONS.map((value) => ({ value, label: t(`condition.${value}`) }))}
        popupMatchSelectWidth={false}
        onChange={(condition) => onChange({ ...line, condition })}
      />
      <Input
        aria-label={t('desk.noteOf', { name })}
        placeholder={t('desk.noteHint')}
        value={line.note}
        maxLength={400}
        onChange={(event) => onChange({ ...line, note: event.target.value })}
      />
      <Button icon={<DeleteOutlined />} aria-label={t('desk.remove', { name })} onClick={() => onChange(undefined)} />
      {reason ? (
        <p className="return-refused">
          <Mark tone="bad">{t('desk.tone.bad')}</Mark> {reason}
        </p>
      ) : null}
    </li>
  );
}
