import { App, Button, Checkbox, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { type Allocation, type AllocationLine, CONDITIONS, type Condition } from './words.ts';

interface Entry {
  readonly quantity: number;
  readonly condition: Condition;
  readonly note: string;
}

interface ReturnLinesProps {
  readonly allocation: Allocation;
  readonly onDone: () => void;
}

/** Takes lines of a check-out back: which, how many, and in which condition. */
export function ReturnLines({ allocation, onDone }: ReturnLinesProps) {
  const { t } = useTranslation('spares');
  const { message } = App.useApp();
  const out = allocation.lines.filter(({ state }) => state === 'issued');
  const [entries, setEntries] = useState<Readonly<Record<string, Entry>>>(
    Object.fromEntries(out.map(({ id, quantity }) => [id, { quantity, condition: 'good', note: '' }])),
  );
  const { write, isPending, problem } = useWrite((wanted: typeof entries, headers) =>
    api.POST('/checkouts/{id}/returns', {
      params: { header: headers, path: { id: allocation.id } },
      body: {
        lines: Object.entries(wanted).map(([lineId, { quantity, condition, note }]) => ({
          ...{ lineId, quantity, condition },
          ...(note.trim() ? { note: note.trim() } : {}),
        })),
      },
    }),
  );
  const takeBack = () =>
    void write(entries).then(
      () => {
        void message.success(t('act.done'));
        onDone();
      },
      // Shown above the lines.
      () => undefined,
    );
  return (
    <>
      <ProblemAlert error={problem} />
      <ul className="plain-list">
        {out.map((line) => (
          <ReturnLine
            key={line.id}
            line={line}
            entry={entries[line.id]}
            onChange={(entry) => {
              const { [line.id]: _, ...others } = entries;
              setEntries(entry ? { ...others, [line.id]: entry } : others);
            }}
          />
        ))}
      </ul>
      <div className="row-actions act-foot">
        <Button type="primary" loading={isPending} disabled={Object.keys(entries).length === 0} onClick={takeBack}>
          {t('act.return')}
        </Button>
      </div>
    </>
  );
}

interface ReturnLineProps {
  readonly line: AllocationLine;
  readonly entry: Entry | undefined;
  readonly onChange: (entry: Entry | undefined) => void;
}

function ReturnLine({ line, entry, onChange }: ReturnLineProps) {
  const { t } = useTranslation('spares');
  const name = line.unit?.serial ?? line.part?.partNumber ?? line.entitlement?.name ?? '';
  // Seats come back as they are.
  const conditions = line.kind === 'seat' ? (['good'] as const) : CONDITIONS;
  return (
    <li className="return-line">
      <Checkbox
        checked={entry !== undefined}
        onChange={({ target }) =>
          onChange(target.checked ? { quantity: line.quantity, condition: 'good', note: '' } : undefined)
        }
      >
        <span className="code">{name}</span>
      </Checkbox>
      {entry ? (
        <>
          {line.quantity > 1 ? (
            <InputNumber
              aria-label={t('desk.quantityOf', { name })}
              min={1}
              max={line.quantity}
              precision={0}
              value={entry.quantity}
              onChange={(quantity) => onChange({ ...entry, quantity: quantity ?? 1 })}
            />
          ) : null}
          <Select<Condition>
            aria-label={t('desk.conditionOf', { name })}
            value={entry.condition}
            options={conditions.map((value) => ({ value, label: t(`condition.${value}`) }))}
            popupMatchSelectWidth={false}
            onChange={(condition) => onChange({ ...entry, condition })}
          />
          <Input
            aria-label={t('desk.noteOf', { name })}
            placeholder={t('desk.noteHint')}
            value={entry.note}
            maxLength={400}
            onChange={(event) => onChange({ ...entry, note: event.target.value })}
          />
        </>
      ) : null}
    </li>
  );
}
