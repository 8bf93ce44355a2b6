import { Button, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ProblemError } from '../api/problem.ts';
import { useWrite } from '../api/use-write.ts';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Section } from '../parts/section.tsx';
import { type ReturnLine, returnsOf } from './desk.ts';
import { DeskRefusal } from './desk-refusal.tsx';
import { ReturnRow } from './return-row.tsx';
import type { DeskHandle } from './use-desk.ts';
import type { Scans } from './use-scans.ts';

interface DeskReturnProps {
  readonly handle: DeskHandle;
  readonly scans: Scans;
}

type Group = ReturnType<typeof returnsOf>[number];

/** The write of one check-out's return. */
export function useReturn() {
  return useWrite(({ id, body, key }: Pick<Group, 'id' | 'body'> & { readonly key: string }, headers) =>
    api.POST('/checkouts/{id}/returns', {
      params: { header: { ...headers, 'Idempotency-Key': key }, path: { id } },
      body,
    }),
  );
}

/** Taking back: what was scanned, in which condition, and where it is put. Each check-out is taken back by itself. */
export function DeskReturn({ handle, scans }: DeskReturnProps) {
  const { t } = useTranslation('spares');
  const { desk, change, sendOnce } = handle;
  const { write, isPending, problem } = useReturn();
  const [refused, setRefused] = useState<Readonly<Record<string, string>>>({});
  const set = (lineId: string, line: ReturnLine | undefined) =>
    change(({ returns }) => ({
      returns: returns.flatMap((one) => (one.lineId === lineId ? (line ? [line] : []) : [one])),
    }));

  async function takeBack(): Promise<void> {
    const reasons: Record<string, string> = {};
    const back: string[] = [];
    for (const { id, code, body } of returnsOf(desk)) {
      try {
        await sendOnce(`return ${id}`, body, (key) => write({ id, body, key }));
        change(({ returns }) => ({ returns: returns.filter(({ allocation }) => allocation.id !== id) }));
        back.push(code);
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        reasons[id] = error.isUnreachable ? t('desk.noAnswer') : error.message;
      }
    }
    setRefused(reasons);
    const [why] = Object.values(reasons);
    if (why === undefined) {
      change({ putAt: undefined });
      return scans.tell({ tone: 'good', text: t('desk.told.returned', { codes: back.join(', ') }) });
    }
    const done = back.length > 0 ? `${t('desk.told.returned', { codes: back.join(', ') })} ` : '';
    scans.tell({ tone: 'bad', text: `${done}${t('desk.told.notReturned', { why })}` });
  }

  return (
    <Section title={t('desk.returns')}>
      {desk.putAt ? (
        <p>
          <Tag closable={{ 'aria-label': t('desk.dropPlace') }} onClose={() => change({ putAt: undefined })}>
            {t('desk.putAt', { code: desk.putAt.code })}
          </Tag>
        </p>
      ) : null}
      {desk.returns.length === 0 ? (
        <NothingHere text={t('desk.nothingBack')} />
      ) : (
        <ul className="plain-list">
          {desk.returns.map((line) => (
            <ReturnRow
              key={line.lineId}
              line={line}
              reason={refused[line.allocation.id]}
              onChange={(changed) => set(line.lineId, changed)}
            />
          ))}
        </ul>
      )}
      <DeskRefusal
        problem={Object.keys(refused).length > 0 ? null : problem}
        isWaiting={!isPending && Object.keys(desk.attempts).some((name) => name.startsWith('return '))}
      />
      <div className="row-actions act-foot">
        <Button
          type="primary"
          size="large"
          disabled={desk.returns.length === 0}
          loading={isPending}
          onClick={() => void takeBack()}
        >
          {desk.returns.length > 0 ? t('desk.takeBack', { count: desk.returns.length }) : t('desk.mode.return')}
        </Button>
        {desk.returns.length > 0 ? (
          <Button size="large" disabled={isPending} onClick={() => change({ returns: [], putAt: undefined })}>
            {t('desk.empty')}
          </Button>
        ) : null}
      </div>
    </Section>
  );
}
