import { Button, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { useCan } from '../app/session.ts';
import { Field } from '../parts/filters.tsx';
import { localDaysAfter } from '../parts/local-time.ts';
import { hasSeverity, mayAskForReserve } from './desk.ts';
import { HolderPicker } from './holder-picker.tsx';
import type { DeskHandle } from './use-desk.ts';
import { PURPOSES, type Purpose, SEVERITIES, type Severity } from './words.ts';

/** After how many days things are usually due. */
const DUE_DAYS = [1, 7, 30] as const;

/** Who gets it, what for, and until when. It stays for the next one, as far as that is likely to be the same. */
export function DeskForm({ handle: { desk, change } }: { readonly handle: DeskHandle }) {
  const { t } = useTranslation('spares');
  const can = useCan();
  return (
    <div className="desk-form">
      <HolderPicker label={t('holder.title')} value={desk.holder} onChoose={(holder) => change({ holder })} />
      <Field label={t('out.purpose')}>
        {(id) => (
          <Select<Purpose>
            id={id}
            value={desk.purpose}
            options={PURPOSES.map((value) => ({ value, label: t(`purpose.${value}`) }))}
            onChange={(purpose) => change({ purpose })}
          />
        )}
      </Field>
      {hasSeverity(desk.purpose) ? (
        <Field label={t('desk.severity')}>
          {(id) => (
            <Select<Severity>
              id={id}
              value={desk.severity}
              options={SEVERITIES.map((value) => ({ value, label: t(`severity.${value}`) }))}
              onChange={(severity) => change({ severity })}
            />
          )}
        </Field>
      ) : null}
      {mayAskForReserve(desk) && can('reserve.cross') ? <ReserveFields handle={{ desk, change }} /> : null}
      <HolderPicker
        label={t('desk.service')}
        kind="service"
        value={desk.service}
        onChoose={(service) => change({ service })}
      />
      <Field label={t('desk.dueAt')}>
        {(id) => (
          <>
            <Input
              id={id}
              type="datetime-local"
              value={desk.dueAt}
              onChange={(event) => change({ dueAt: event.target.value })}
            />
            <span className="row-actions">
              {DUE_DAYS.map((days) => (
                <Button key={days} size="small" onClick={() => change({ dueAt: localDaysAfter(new Date(), days) })}>
                  {t('days', { count: days })}
                </Button>
              ))}
            </span>
          </>
        )}
      </Field>
      <Field label={t('note')} wide>
        {(id) => (
          <Input
            id={id}
            value={desk.note}
            maxLength={1000}
            onChange={(event) => change({ note: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}

/** An emergency may take from the reserve, when it says why and names its incident. */
function ReserveFields({ handle: { desk, change } }: { readonly handle: Pick<DeskHandle, 'desk' | 'change'> }) {
  const { t } = useTranslation('spares');
  return (
    <>
      <Field label={t('desk.reserveReason')} wide>
        {(id) => (
          <Input
            id={id}
            value={desk.reserveReason}
            maxLength={500}
            onChange={(event) => change({ reserveReason: event.target.value })}
          />
        )}
      </Field>
      <Field label={t('desk.reserveCase')}>
        {(id) => (
          <Input
            id={id}
            value={desk.reserveCase}
            maxLength={200}
            onChange={(event) => change({ reserveCase: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
