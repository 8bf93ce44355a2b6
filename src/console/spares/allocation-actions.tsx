import { App, Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite, type WriteHeaders } from '../api/use-write.ts';
import { Field } from '../parts/filters.tsx';
import { instantOfLocal } from '../parts/local-time.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { HolderPicker } from './holder-picker.tsx';
import { ReturnLines } from './return-lines.tsx';
import type { Allocation, Holder } from './words.ts';

type Act = 'return' | 'collect' | 'extend' | 'handOver' | 'release';

/** What can be done with an allocation now; each opens what it has to be told. */
export function AllocationActions({ allocation }: { readonly allocation: Allocation }) {
  const { t } = useTranslation('spares');
  const [act, setAct] = useState<Act>();
  const isOut = allocation.lines.some(({ state }) => state === 'issued');
  const isHeld = allocation.lines.some(({ state }) => state === 'held');
  const acts: readonly Act[] = [
    ...(isOut ? (['return'] as const) : []),
    ...(isHeld ? (['collect'] as const) : []),
    ...(isOut || isHeld ? (['extend', 'handOver'] as const) : []),
    ...(isHeld ? (['release'] as const) : []),
  ];
  if (acts.length === 0) return null;
  const props = { allocation, onDone: () => setAct(undefined) };
  return (
    <Section title={t('act.title')}>
      <div className="row-actions">
        {acts.map((one) => (
          <Button key={one} type={one === acts[0] ? 'primary' : 'default'} onClick={() => setAct(one)}>
            {t(`act.${one}`)}
          </Button>
        ))}
      </div>
      <Modal
        title={act ? `${t(`act.${act}`)} · ${allocation.code}` : ''}
        open={act !== undefined}
        footer={null}
        destroyOnHidden
        width={act === 'return' ? 720 : 520}
        onCancel={() => setAct(undefined)}
      >
        {act === 'return' ? <ReturnLines {...props} /> : null}
        {act === 'collect' ? <Collect {...props} /> : null}
        {act === 'extend' ? <Extend {...props} /> : null}
        {act === 'handOver' ? <HandOver {...props} /> : null}
        {act === 'release' ? <Release {...props} /> : null}
      </Modal>
    </Section>
  );
}

interface ActProps {
  readonly allocation: Allocation;
  readonly onDone: () => void;
}

/** Carries an act out and closes its dialog; a refusal stays in it. */
function useAct<Input>(
  { onDone }: ActProps,
  send: (input: Input, headers: WriteHeaders) => Promise<{ readonly data?: unknown }>,
) {
  const { t } = useTranslation('spares');
  const { message } = App.useApp();
  const { write, isPending, problem } = useWrite<Input, unknown>(send);
  const carryOut = (input: Input) =>
    void write(input).then(
      () => {
        void message.success(t('act.done'));
        onDone();
      },
      // Shown in the dialog.
      () => undefined,
    );
  return { carryOut, isPending, problem };
}

/** Below which path the acts of an allocation lie. */
const path = (id: string) => ({ path: { id } });

function Extend(props: ActProps) {
  const { t } = useTranslation('spares');
  const { allocation } = props;
  const [at, setAt] = useState('');
  const isOut = allocation.lines.some(({ state }) => state === 'issued');
  const { carryOut, isPending, problem } = useAct(props, (instant: string | null, headers) => {
    const params = { header: { ...headers, ...ifMatch(allocation.version) }, ...path(allocation.id) };
    if (allocation.form === 'checkout') {
      return api.POST('/checkouts/{id}/extend', { params, body: { dueAt: instant } });
    }
    const change = isOut ? { dueAt: instant } : {};
    if (allocation.form === 'hold') {
      return api.POST('/holds/{id}/extend', { params, body: isOut || !instant ? change : { expiresAt: instant } });
    }
    return api.POST('/reservations/{id}/extend', { params, body: isOut || !instant ? change : { until: instant } });
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const instant = instantOfLocal(at);
        if (instant) carryOut(instant);
      }}
    >
      <ProblemAlert error={problem} />
      <Field label={isOut ? t('act.newDue') : t('act.newEnd')}>
        {(id) => <Input id={id} type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} />}
      </Field>
      <div className="row-actions act-foot">
        <Button type="primary" htmlType="submit" loading={isPending} disabled={!instantOfLocal(at)}>
          {t('act.extend')}
        </Button>
        {isOut ? (
          <Button disabled={isPending} onClick={() => carryOut(null)}>
            {t('act.noDue')}
          </Button>
        ) : null}
      </div>
    </form>
  );
}

function HandOver(props: ActProps) {
  const { t } = useTranslation('spares');
  const { allocation } = props;
  const [holder, setHolder] = useState<Holder>();
  const { carryOut, isPending, problem } = useAct(props, ({ kind, id }: Holder, headers) =>
    api.POST(`/${PATHS[allocation.form]}/{id}/hand-over`, {
      params: { header: { ...headers, ...ifMatch(allocation.version) }, ...path(allocation.id) },
      body: { holder: { kind, id } },
    }),
  );
  return (
    <>
      <ProblemAlert error={problem} />
      <HolderPicker label={t('act.newHolder')} value={holder} onChoose={setHolder} />
      <div className="row-actions act-foot">
        <Button
          type="primary"
          loading={isPending}
          disabled={!holder}
          onClick={() => {
            if (holder) carryOut(holder);
          }}
        >
          {t('act.handOver')}
        </Button>
      </div>
    </>
  );
}

const PATHS = { checkout: 'checkouts', hold: 'holds', reservation: 'reservations' } as const;

function Collect(props: ActProps) {
  const { t } = useTranslation('spares');
  const { allocation } = props;
  const [at, setAt] = useState('');
  const { carryOut, isPending, problem } = useAct(props, (dueAt: string | undefined, headers) => {
    const request = { params: { header: headers, ...path(allocation.id) }, body: dueAt ? { dueAt } : {} };
    return allocation.form === 'hold'
      ? api.POST('/holds/{id}/collect', request)
      : api.POST('/reservations/{id}/collect', request);
  });
  return (
    <>
      <ProblemAlert error={problem} />
      <p>{t('act.collectText')}</p>
      <Field label={t('desk.dueAt')}>
        {(id) => <Input id={id} type="datetime-local" value={at} onChange={(event) => setAt(event.target.value)} />}
      </Field>
      <div className="row-actions act-foot">
        <Button type="primary" loading={isPending} onClick={() => carryOut(instantOfLocal(at))}>
          {t('act.collect')}
        </Button>
      </div>
    </>
  );
}

function Release(props: ActProps) {
  const { t } = useTranslation('spares');
  const { allocation } = props;
  const [note, setNote] = useState('');
  const { carryOut, isPending, problem } = useAct(props, (text: string, headers) => {
    const request = {
      params: { header: { ...headers, ...ifMatch(allocation.version) }, ...path(allocation.id) },
      body: text ? { note: text } : {},
    };
    return allocation.form === 'hold'
      ? api.POST('/holds/{id}/release', request)
      : api.POST('/reservations/{id}/cancel', request);
  });
  return (
    <>
      <ProblemAlert error={problem} />
      <Field label={t('act.why')}>
        {(id) => <Input id={id} value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />}
      </Field>
      <div className="row-actions act-foot">
        <Button type="primary" loading={isPending} onClick={() => carryOut(note.trim())}>
          {t('act.release')}
        </Button>
      </div>
    </>
  );
}
