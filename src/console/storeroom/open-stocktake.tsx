import { useNavigate } from '@tanstack/react-router';
import { Form, Input, InputNumber, Modal, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { LocationPicker } from './location-picker.tsx';

interface Filled {
  readonly locationId: string;
  readonly name: string;
  readonly how: 'blind' | 'open';
  readonly pieces?: number | null;
  readonly percent?: number | null;
  readonly note?: string;
}

/** Opens a stocktake of a location and everything in it, and goes there. */
export function OpenStocktake({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('storeroom');
  const navigate = useNavigate();
  const [form] = Form.useForm<Filled>();
  const how = Form.useWatch('how', form) ?? 'blind';
  const { write, isPending, problem } = useWrite(
    ({ locationId, name, how: kind, pieces = null, percent = null, note }: Filled, headers) =>
      api.POST('/stocktakes', {
        params: { header: headers },
        body: {
          ...{ locationId, name: name.trim(), isBlind: kind === 'blind', tolerance: { pieces, percent } },
          ...(note?.trim() ? { note: note.trim() } : {}),
        },
      }),
  );
  const open = async (filled: Filled) => {
    const made = await write(filled).catch(() => undefined);
    if (made) await navigate({ to: '/storeroom/stocktakes/$id', params: { id: made.id } });
  };
  const needed = [{ required: true, message: t('needed') }];
  return (
    <Modal
      open
      title={t('open.title')}
      okText={t('open.do')}
      cancelText={t('cancel')}
      confirmLoading={isPending}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{t('open.text')}</p>
      <Form
        form={form}
        layout="vertical"
        initialValues={{ how: 'blind', pieces: 0 }}
        onFinish={(filled) => void open(filled)}
      >
        <Form.Item name="locationId" label={t('open.location')} rules={needed}>
          <LocationPicker />
        </Form.Item>
        <Form.Item
          name="name"
          label={t('open.name')}
          rules={[{ required: true, whitespace: true, message: t('needed') }]}
        >
          <Input maxLength={120} placeholder={t('open.nameHint')} />
        </Form.Item>
        <Form.Item name="how" label={t('open.how')} extra={t(`open.help.${how}`)}>
          <Radio.Group
            options={(['blind', 'open'] as const).map((value) => ({ value, label: t(`open.kind.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="pieces" label={t('open.pieces')} extra={t('open.toleranceHelp')}>
          <InputNumber min={0} max={1_000_000} precision={0} />
        </Form.Item>
        <Form.Item name="percent" label={t('open.percent')}>
          <InputNumber min={0} max={100} />
        </Form.Item>
        <Form.Item name="note" label={t('note')}>
          <Input maxLength={1000} />
        </Form.Item>
      </Form>
      <ProblemAlert error={problem} />
    </Modal>
  );
}
