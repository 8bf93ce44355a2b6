import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { useProgress } from './stocktake-progress.tsx';
import type { Stocktake } from './words.ts';

interface PostStocktakeProps {
  readonly stocktake: Stocktake;
  /** Decisions that stand on the page and were not saved. */
  readonly unsaved: number;
}

/** Puts the register right by what was decided, once everything is. */
export function PostStocktake({ stocktake: { id, version }, unsaved }: PostStocktakeProps) {
  const { t } = useTranslation('storeroom');
  const { message } = App.useApp();
  const [isAsking, setAsking] = useState(false);
  const { data } = useProgress(id, true);
  const { write, isPending, problem } = useWrite((_: undefined, headers) =>
    api.POST('/stocktakes/{id}/post', { params: { path: { id }, header: { ...headers, ...ifMatch(version) } } }),
  );
  const post = () =>
    write(undefined).then(
      () => {
        setAsking(false);
        void message.success(t('post.done'));
      },
      () => undefined,
    );
  const undecided = data?.undecided ?? 0;
  return (
    <div className="decide-foot">
      <Button
        type="primary"
        size="large"
        disabled={!data || undecided > 0 || unsaved > 0}
        onClick={() => setAsking(true)}
      >
        {t('post.do')}
      </Button>
      {undecided > 0 ? <span className="sub">{t('post.undecided', { count: undecided })}</span> : null}
      {undecided === 0 && unsaved > 0 ? <span className="sub">{t('post.unsaved')}</span> : null}
      <Modal
        open={isAsking}
        title={t('post.do')}
        okText={t('post.do')}
        cancelText={t('cancel')}
        confirmLoading={isPending}
        onOk={() => void post()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('post.text', { count: data?.differences ?? 0 })}</p>
        <ProblemAlert error={problem} />
      </Modal>
    </div>
  );
}
