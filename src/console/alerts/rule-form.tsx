import { App, Button, Form, InputNumber } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { type AlertRule, useSignals } from './alert-data.ts';
import { LevelMark } from './level-mark.tsx';

interface RuleFormProps {
  readonly rule: AlertRule;
  readonly onClose: () => void;
}

interface Filled {
  readonly thresholds: readonly { readonly raise: number; readonly clear: number }[];
  readonly raiseForMinutes: number;
  readonly clearForMinutes: number;
}

const MINUTE_SECONDS = 60;

/** Changes from which values on a rule alerts, and how long they must hold. Values are in the signal's own unit. */
export function RuleForm({ rule, onClose }: RuleFormProps) {
  const { t } = useTranslation('alerts');
  const { message } = App.useApp();
  const unit = useSignals().get(rule.signal)?.unit;
  const change = useWrite((filled: Filled, headers) =>
    api.PATCH('/alert-rules/{id}', {
      params: { path: { id: rule.id }, header: { ...headers, ...ifMatch(rule.version) } },
      body: bodyOf(rule, filled),
    }),
  );
  const save = (filled: Filled) =>
    void change.write(filled).then(
      () => {
        void message.success(t('rule.changed'));
        onClose();
      },
      // Shown above the form.
      () => undefined,
    );
  return (
    <>
      <ProblemAlert error={change.problem} />
      <Form<Filled> layout="vertical" initialValues={initialOf(rule)} onFinish={save}>
        {unit ? <p className="quiet">{t('rule.inUnit', { unit: t(`unitName.${unit}`) })}</p> : null}
        {rule.thresholds.map(({ level }, index) => (
          <fieldset key={level} className="threshold-fields">
            <legend>
              <LevelMark level={level} />
            </legend>
            <Form.Item name={['thresholds', index, 'raise']} label={t('rule.raise')} rules={[{ required: true }]}>
              <InputNumber />
            </Form.Item>
            <Form.Item name={['thresholds', index, 'clear']} label={t('rule.clear')} rules={[{ required: true }]}>
              <InputNumber />
            </Form.Item>
          </fieldset>
        ))}
        <Form.Item name="raiseForMinutes" label={t('rule.raiseForMinutes')} rules={[{ required: true }]}>
          <InputNumber min={0} max={44_640} />
        </Form.Item>
        <Form.Item name="clearForMinutes" label={t('rule.clearForMinutes')} rules={[{ required: true }]}>
          <InputNumber min={0} max={44_640} />
        </Form.Item>
        <div className="row-actions">
          <Button type="primary" htmlType="submit" loading={change.isPending}>
            {t('rule.save')}
          </Button>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
        </div>
      </Form>
    </>
  );
}

const initialOf = ({ thresholds, raiseForSeconds = 0, clearForSeconds = 0 }: AlertRule): Filled => ({
  thresholds: thresholds.map(({ raise, clear }) => ({ raise, clear })),
  raiseForMinutes: raiseForSeconds / MINUTE_SECONDS,
  clearForMinutes: clearForSeconds / MINUTE_SECONDS,
});

function bodyOf(rule: AlertRule, { thresholds, raiseForMinutes, clearForMinutes }: Filled) {
  return {
    thresholds: rule.thresholds.map(({ level }, index) => ({
      level,
      ...(thresholds[index] ?? { raise: 0, clear: 0 }),
    })),
    raiseForSeconds: Math.round(raiseForMinutes * MINUTE_SECONDS),
    clearForSeconds: Math.round(clearForMinutes * MINUTE_SECONDS),
  };
}
