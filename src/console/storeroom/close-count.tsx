import { App, Button, Checkbox, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { useProgress } from './stocktake-progress.tsx';
import type { Stocktake } from './words.ts';

/** Closes the count: says what that means, and how much of it is not done. */
export function CloseCount({ stocktake: { id, version, state } }: { readonly stocktake: Stocktake }) {
  const { t } = useTranslation('storeroom');
  const { message } = App.useApp();
  const [isAsking, setAsking] = useState(false);
  const [leaveUnconfirmed, setLeave] = useState(false);
  const { data } = useProgress(id, isAsking);
  const { write, isPending, problem, reset } = useWrite((_: undefined, headers) =>
    api.POST('/stocktakes/{id}/close', {
      params: { path: { id }, header: { ...headers, ...ifMatch(version) } },
      body: { leaveUnconfirmed },
    }),
  );
  const close = () =>
    write(undefined).then(
      (closed) => {
        setAsking(false);
        void message.success(t(closed.state === 'review' ? 'close.toReview' : 'close.toRecount'));
      },
      () => undefined,
    );
  const isFirst = state === 'counting';
  const left = data?.left ?? null;
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t('close.do')}</Button>
      <Modal
        open={isAsking}
        title={t('close.do')}
        okText={t('close.do')}
        cancelText={t('cancel')}
        confirmLoading={isPending}
        onOk={() => void close()}
        onCancel={() => {
          reset();
          setAsking(false);
        }}
      >
        <p>{t(isFirst ? 'close.text' : 'close.textSecond')}</p>
        {data && isFirst ? (
          <p>
            <strong>
              {left === null
                ? t('close.placesLeft', { count: data.places - data.placesCounted })
                : t('close.thingsLeft', { count: left })}
            </strong>
          </p>
        ) : null}
        {data && !isFirst ? <p>{t('progress.toRecount', { count: data.toRecount })}</p> : null}
        <Checkbox checked={leaveUnconfirmed} onChange={({ target }) => setLeave(target.checked)}>
          {t('close.leave')}
        </Checkbox>
        <ProblemAlert error={problem} />
      </Modal>
    </>
  );
}
