import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { BackupSet } from './backup-api.ts';

/** Has Muster take a recovery point of a set now; not of one that another tool makes. */
export function TakeBackup({ set }: { readonly set: BackupSet }) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const { message } = App.useApp();
  const { id } = set;
  const take = useWrite((_: undefined, headers) =>
    api.POST('/backup-sets/{id}/take', { params: { path: { id } }, headers: { ...headers } }),
  );
  if (!can('backup.operate') || set.kind === 'external' || set.retired) return null;
  const run = () =>
    take.write(undefined).then(
      () => void message.success(t('set.takeOrdered')),
      () => undefined,
    );
  return (
    <>
      <Button type="primary" loading={take.isPending} onClick={() => void run()}>
        {t('set.take')}
      </Button>
      <ProblemAlert error={take.problem} />
    </>
  );
}
