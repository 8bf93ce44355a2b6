import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { isLive, type RunDetail } from './drill-data.ts';

/** Cancels a run that goes on, after asking once more. */
export function CancelRun({ run }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const can = useCan();
  const cancel = useWrite((id: string, headers) =>
    api.POST('/drill-runs/{id}/cancel', { params: { path: { id }, header: headers } }),
  );
  if (!isLive(run) || !can('drill.operate')) return null;
  if (run.cancelRequestedBy !== null) return t('live.cancelAsked', { person: run.cancelRequestedBy });
  return (
    <>
      <ProblemAlert error={cancel.problem} />
      <Popconfirm
        title={t('live.cancelSure')}
        okText={t('live.cancelYes')}
        cancelText={t('live.cancelNo')}
        okButtonProps={{ danger: true }}
        placement="bottomRight"
        onConfirm={() => void cancel.write(run.id).catch(() => undefined)}
      >
        <Button danger loading={cancel.isPending}>
          {t('live.cancel')}
        </Button>
      </Popconfirm>
    </>
  );
}
