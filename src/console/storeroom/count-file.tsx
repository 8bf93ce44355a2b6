import { App, Button, Modal, Upload } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';

interface CountFileProps {
  readonly stocktakeId: string;
  readonly place: string | undefined;
}

/** Takes a counted file in: all of its lines or none. */
export function CountFile({ stocktakeId, place }: CountFileProps) {
  const { t } = useTranslation('storeroom');
  const { message } = App.useApp();
  const [isOpen, setOpen] = useState(false);
  const [file, setFile] = useState<File>();
  const { write, isPending, problem, reset } = useWrite((csv: string, headers) =>
    api.POST('/stocktakes/{id}/count-files', {
      params: { path: { id: stocktakeId }, header: headers },
      body: { csv, ...(place ? { location: place } : {}) },
    }),
  );
  const close = () => {
    reset();
    setFile(undefined);
    setOpen(false);
  };
  const send = async () => {
    if (!file) return;
    const done = await write(await file.text()).catch(() => undefined);
    if (!done) return;
    void message.success(t('file.done', { count: done.things.length }));
    close();
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('file.do')}</Button>
      <Modal
        open={isOpen}
        title={t('file.do')}
        okText={t('file.send')}
        cancelText={t('cancel')}
        okButtonProps={{ disabled: !file }}
        confirmLoading={isPending}
        onOk={() => void send()}
        onCancel={close}
      >
        <p>{t('file.text')}</p>
        <p className="code">{t('file.columns')}</p>
        {place ? <p>{t('file.place', { place })}</p> : null}
        <Upload
          accept=".csv,text/csv"
          maxCount={1}
          beforeUpload={(chosen) => {
            reset();
            setFile(chosen);
            return false;
          }}
          onRemove={() => setFile(undefined)}
          fileList={file ? [{ uid: file.name, name: file.name }] : []}
        >
          <Button>{t('file.choose')}</Button>
        </Upload>
        <ProblemAlert error={problem} />
      </Modal>
    </>
  );
}
