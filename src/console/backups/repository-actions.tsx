import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Repository } from './backup-api.ts';
import { ReasonForm } from './reason-form.tsx';

interface RepositoryProps {
  readonly repository: Repository;
}

interface TestWish {
  readonly acceptIdentity?: boolean;
  readonly reason?: string;
}

function useTest(repository: Repository) {
  const { t } = useTranslation('backups');
  const { message } = App.useApp();
  const { id } = repository;
  const test = useWrite((body: TestWish, headers) =>
    api.POST('/repositories/{id}/test', { params: { path: { id } }, body, headers: { ...headers } }),
  );
  const run = async (wish: TestWish) => {
    await test.write(wish);
    message.success(t('repository.testOrdered'));
  };
  return { ...test, run };
}

/** Has a worker test the connection to a repository. */
export function TestConnection({ repository }: RepositoryProps) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const { run, isPending, problem } = useTest(repository);
  if (!can('backup.write') || repository.retired) return null;
  return (
    <>
      <Button loading={isPending} onClick={() => void run({}).catch(() => undefined)}>
        {t('repository.test')}
      </Button>
      <ProblemAlert error={problem} />
    </>
  );
}

/** Takes another directory or place than before for the repository: who says so gives a reason. */
export function AcceptPlace({ repository }: RepositoryProps) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const [open, setOpen] = useState(false);
  const { run, isPending, problem, reset } = useTest(repository);
  if (!can('backup.write') || !repository.unavailable || repository.retired) return null;
  const close = () => {
    reset();
    setOpen(false);
  };
  const send = (reason: string) => run({ acceptIdentity: true, reason }).then(close, () => undefined);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('repository.accept')}</Button>
      <Modal title={t('repository.acceptTitle')} open={open} onCancel={close} footer={null} destroyOnHidden>
        <p>{t('repository.acceptText')}</p>
        <ProblemAlert error={problem} />
        <ReasonForm action={t('repository.accept')} isPending={isPending} onSend={send} />
      </Modal>
    </>
  );
}

/** Lists anew what other tools left in a repository, and reads what falls due by that. */
export function Discover({ repository }: RepositoryProps) {
  const { t } = useTranslation('backups');
  const can = useCan();
  const { message } = App.useApp();
  const { id } = repository;
  const discover = useWrite((_: undefined, headers) =>
    api.POST('/repositories/{id}/discover', { params: { path: { id } }, headers: { ...headers } }),
  );
  if (!can('backup.operate') || repository.retired) return null;
  const run = () =>
    discover.write(undefined).then(
      () => void message.success(t('repository.discoverOrdered')),
      () => undefined,
    );
  return (
    <>
      <Button loading={discover.isPending} onClick={() => void run()}>
        {t('repository.discover')}
      </Button>
      <ProblemAlert error={discover.problem} />
    </>
  );
}
