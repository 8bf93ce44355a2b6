import { Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { useWrite } from '../api/use-write.ts';
import { useCan } from '../app/session.ts';
import { Mark } from '../parts/mark.tsx';
import { Moment } from '../parts/moment.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { Section } from '../parts/section.tsx';
import { isLive, type RunDetail } from './drill-data.ts';

type Confirmation = RunDetail['confirmations'][number];

/** What a run asks people to do, first of all what it waits for, and who takes part. */
export function RunPeople({ run }: { readonly run: RunDetail }) {
  const { t } = useTranslation('drills');
  const can = useCan();
  const { confirmations, participants } = run;
  const open = isLive(run) ? confirmations.filter(({ outcome }) => outcome === null) : [];
  const answered = confirmations.filter(({ outcome }) => outcome !== null);
  if (confirmations.length === 0 && participants.length === 0) return null;
  return (
    <Section title={t(open.length > 0 ? 'people.waiting' : 'people.title')}>
      {open.map((confirmation) => (
        <Waiting key={confirmation.step} run={run} confirmation={confirmation} mayAnswer={can('drill.operate')} />
      ))}
      <ul className="drill-people">
        {answered.map((one) => (
          <li key={one.step}>
            <strong>{one.step}</strong>{' '}
            <Mark tone={one.outcome === 'done' ? 'good' : 'bad'}>
              {t(one.outcome === 'done' ? 'people.answerDone' : 'people.answerFailed')}
            </Mark>{' '}
            {t('people.answered', { person: one.person, note: one.note })}{' '}
            {one.answeredAt ? <Moment at={one.answeredAt} /> : null}
          </li>
        ))}
        {participants.map(({ role, person, required, description }) => (
          <li key={`role ${role}`}>
            <strong>{role}</strong> {required ? `(${t('people.required')})` : null}: {person ?? t('people.nobody')}
            {description ? <div className="drill-soft">{description}</div> : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface WaitingProps {
  readonly run: RunDetail;
  readonly confirmation: Confirmation;
  readonly mayAnswer: boolean;
}

interface Answer {
  readonly outcome: 'done' | 'failed';
  readonly note: string;
  readonly role?: string;
}

function Waiting({ run, confirmation: { step, instructions, askedAt }, mayAnswer }: WaitingProps) {
  const { t } = useTranslation('drills');
  return (
    <div className="drill-waiting">
      <h3>{step}</h3>
      <p className="drill-instructions">{instructions}</p>
      <p className="drill-soft">
        {t('people.askedAt')} <Moment at={askedAt} />
      </p>
      {mayAnswer ? <AnswerForm run={run} step={step} /> : <Mark tone="busy">{t('people.open')}</Mark>}
    </div>
  );
}

function AnswerForm({ run: { id, participants }, step }: { readonly run: RunDetail; readonly step: string }) {
  const { t } = useTranslation('drills');
  const [form] = Form.useForm<Pick<Answer, 'note' | 'role'>>();
  const confirm = useWrite((answer: Answer, headers) =>
    api.POST('/drill-runs/{id}/confirmations', {
      params: { path: { id }, header: headers },
      body: { ...answer, step },
    }),
  );
  const answer = async (outcome: Answer['outcome']) => {
    const said = await form.validateFields().catch(() => undefined);
    if (!said) return;
    const { note, role } = said;
    await confirm.write({ outcome, note, ...(role ? { role } : {}) }).catch(() => undefined);
  };
  return (
    <Form form={form} layout="vertical" requiredMark={false}>
      <ProblemAlert error={confirm.problem} />
      <Form.Item
        name="note"
        label={t('people.note')}
        rules={[{ required: true, whitespace: true, message: t('people.noteNeeded') }]}
      >
        <Input maxLength={1000} />
      </Form.Item>
      {participants.length > 0 ? (
        <Form.Item name="role" label={t('people.role')}>
          <Select
            allowClear
            placeholder={t('people.noRole')}
            options={participants.map(({ role }) => ({ value: role, label: role }))}
          />
        </Form.Item>
      ) : null}
      <div className="drill-buttons">
        <Button type="primary" loading={confirm.isPending} onClick={() => void answer('done')}>
          {t('people.done')}
        </Button>
        <Button danger disabled={confirm.isPending} onClick={() => void answer('failed')}>
          {t('people.failed')}
        </Button>
      </div>
    </Form>
  );
}
