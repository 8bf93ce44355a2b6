import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { operations } from '../api/api.generated.d.ts';
import { api } from '../api/client.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { instantOfLocal } from '../parts/local-time.ts';
import { Mark } from '../parts/mark.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Review } from './incident-data.ts';

type Change = operations['changeIncidentReview']['requestBody']['content']['application/json'];

const FIELDS = ['cause', 'factors', 'wentWell', 'wentBadly'] as const;

interface Filled extends Record<(typeof FIELDS)[number], string> {
  readonly timeline?: readonly { readonly at?: string; readonly text?: string }[];
}

/** The draft of a review to write on; what was typed stays when the server refuses it, or somebody else has saved meanwhile. */
export function ReviewForm({ review }: { readonly review: Review }) {
  const { t } = useTranslation('incidents');
  const [form] = Form.useForm<Filled>();
  const [isSaved, setSaved] = useState(false);
  // What was typed is based on this version, also when the page has read a later one meanwhile.
  const [base, setBase] = useState(review);
  const save = useWrite((body: Change, headers) =>
    api.PATCH('/incident-reviews/{id}', {
      params: { path: { id: review.id }, header: { ...headers, ...ifMatch(base.version) } },
      body,
    }),
  );
  const send = (filled: Filled) =>
    save.write(changeOf(filled)).then(
      (saved) => {
        setBase(saved);
        setSaved(true);
      },
      () => undefined,
    );
  const readAnew = () => {
    setBase(review);
    form.setFieldsValue(filledOf(review));
    save.reset();
  };
  return (
    <Form<Filled>
      form={form}
      layout="vertical"
      initialValues={filledOf(review)}
      onValuesChange={() => setSaved(false)}
      onFinish={(filled) => void send(filled)}
    >
      {FIELDS.map((field) => (
        <Form.Item key={field} name={field} label={t(`reviewField.${field}`)} extra={t(`reviewHelp.${field}`)}>
          <Input.TextArea rows={3} maxLength={10_000} />
        </Form.Item>
      ))}
      <TimelineLines />
      <ProblemAlert error={save.problem} />
      {review.version > base.version ? (
        <Alert
          type="warning"
          showIcon
          className="needed"
          title={t('review.changed')}
          action={<Button onClick={readAnew}>{t('review.readAnew')}</Button>}
        />
      ) : null}
      <div className="act-buttons">
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('review.save')}
        </Button>
        {isSaved ? (
          <span role="status">
            <Mark tone="good">{t('review.saved')}</Mark>
          </span>
        ) : null}
      </div>
    </Form>
  );
}

function TimelineLines() {
  const { t } = useTranslation('incidents');
  return (
    <Form.List name="timeline">
      {(lines, { add, remove }) => (
        <fieldset className="resources">
          <legend>{t('reviewField.timeline')}</legend>
          {lines.map(({ key, name }) => (
            <div key={key} className="resource">
              <Form.Item
                name={[name, 'at']}
                label={t('when.moment')}
                rules={[{ required: true, message: t('when.momentMissing') }]}
              >
                <Input type="datetime-local" step={1} />
              </Form.Item>
              <Form.Item
                className="wide"
                name={[name, 'text']}
                label={t('review.what')}
                rules={[{ required: true, whitespace: true, message: t('review.whatMissing') }]}
              >
                <Input maxLength={500} />
              </Form.Item>
              <Button onClick={() => remove(name)}>{t('plan.remove')}</Button>
            </div>
          ))}
          <Button onClick={() => add()}>{t('review.addLine')}</Button>
        </fieldset>
      )}
    </Form.List>
  );
}

function filledOf({ cause, factors, wentWell, wentBadly, timeline }: Review): Filled {
  const lines = timeline.map(({ at, text }) => ({ at: localOf(at), text }));
  return { cause, factors, wentWell, wentBadly, timeline: lines };
}

function changeOf({ timeline = [], ...texts }: Filled): Change {
  const lines = timeline.flatMap(({ at = '', text = '' }) => {
    const instant = instantOfLocal(at);
    return instant === undefined ? [] : [{ at: instant, text }];
  });
  return { ...texts, timeline: lines };
}

/** What a field for local date and time shows for an instant: to the second, so that lines keep their order. */
function localOf(iso: string): string {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
