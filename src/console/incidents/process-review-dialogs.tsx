import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { api } from '../api/client.ts';
import { ifMatch, useWrite, type WriteHeaders } from '../api/use-write.ts';
import { instantOfLocal, localDaysAfter } from '../parts/local-time.ts';
import { ActDialog } from './act-dialog.tsx';
import type { ProcessReview } from './incident-data.ts';
import { NamedSelect, PersonsSelect } from './named-picker.tsx';

interface DialogProps {
  readonly review: ProcessReview;
  readonly onClose: () => void;
}

interface Planned {
  readonly title: string;
  readonly from: string;
  readonly until: string;
  readonly ownerId: string;
  readonly dueAt: string;
}

/** Plans a review by hand. Its days are those of the reader's zone. */
export function PlanReviewDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('incidents');
  const plan = useWrite((filled: Planned, header) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const body = { ...filled, zone, dueAt: instantOfLocal(filled.dueAt) ?? filled.dueAt };
    return api.POST('/process-reviews', { params: { header }, body });
  });
  return (
    <ActDialog<Planned>
      title={t('process.plan')}
      about={t('process.planAbout')}
      go={t('process.plan')}
      isDated={false}
      problem={plan.problem}
      isPending={plan.isPending}
      onSend={plan.write}
      onClose={onClose}
    >
      <Form.Item
        name="title"
        label={t('process.name')}
        rules={[{ required: true, whitespace: true, message: t('process.nameMissing') }]}
      >
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item
        name="from"
        label={t('attainment.from')}
        rules={[{ required: true, message: t('when.momentMissing') }]}
      >
        <Input type="date" />
      </Form.Item>
      <Form.Item
        name="until"
        label={t('attainment.until')}
        rules={[{ required: true, message: t('when.momentMissing') }]}
      >
        <Input type="date" />
      </Form.Item>
      <OwnerAndDue />
    </ActDialog>
  );
}

function OwnerAndDue({ owner }: { readonly owner?: string | undefined }) {
  const { t } = useTranslation('incidents');
  return (
    <>
      <Form.Item
        name="ownerId"
        label={t('process.owner')}
        rules={[{ required: true, message: t('actions.ownerMissing') }]}
      >
        <NamedSelect kinds={['person', 'team']} name={owner} />
      </Form.Item>
      <Form.Item name="dueAt" label={t('process.due')} rules={[{ required: true, message: t('actions.dueMissing') }]}>
        <Input type="datetime-local" />
      </Form.Item>
    </>
  );
}

const paramsOf = ({ id, version }: ProcessReview, headers: WriteHeaders) => ({
  path: { id },
  header: { ...headers, ...ifMatch(version) },
});

interface TakenOn {
  readonly ownerId: string;
  readonly dueAt: string;
}

/** Names who holds it, and when. */
export function TakeOnDialog({ review, onClose }: DialogProps) {
  const { t } = useTranslation('incidents');
  const change = useWrite(({ ownerId, dueAt }: TakenOn, headers) =>
    api.PATCH('/process-reviews/{id}', {
      params: paramsOf(review, headers),
      body: { ownerId, dueAt: instantOfLocal(dueAt) ?? dueAt },
    }),
  );
  return (
    <ActDialog<TakenOn>
      title={t('process.takeOn')}
      about={t('process.takeOnAbout')}
      go={t('save')}
      isDated={false}
      initial={{ dueAt: localDaysAfter(new Date(review.dueAt), 0), ...(review.owner && { ownerId: review.owner.id }) }}
      problem={change.problem}
      isPending={change.isPending}
      onSend={change.write}
      onClose={onClose}
    >
      <OwnerAndDue owner={review.owner?.name} />
    </ActDialog>
  );
}

interface Held {
  readonly participantIds: string[];
  readonly findings: string;
  readonly decisions: string;
}

/** Says what came out of it, for good. */
export function HoldReviewDialog({ review, onClose }: DialogProps) {
  const { t } = useTranslation('incidents');
  const hold = useWrite((body: Held, headers) =>
    api.POST('/process-reviews/{id}/hold', { params: paramsOf(review, headers), body }),
  );
  return (
    <ActDialog<Held>
      title={t('process.hold')}
      about={t('process.holdAbout')}
      go={t('save')}
      isDated={false}
      problem={hold.problem}
      isPending={hold.isPending}
      onSend={hold.write}
      onClose={onClose}
    >
      <Form.Item
        name="participantIds"
        label={t('process.participants')}
        rules={[{ required: true, message: t('process.participantsMissing') }]}
      >
        <PersonsSelect />
      </Form.Item>
      {(['findings', 'decisions'] as const).map((field) => (
        <Form.Item
          key={field}
          name={field}
          label={t(`process.${field}`)}
          rules={[{ required: true, whitespace: true, message: t(`process.${field}Missing`) }]}
        >
          <Input.TextArea rows={4} maxLength={20_000} />
        </Form.Item>
      ))}
    </ActDialog>
  );
}

/** Says that it is not held, and why. */
export function CancelReviewDialog({ review, onClose }: DialogProps) {
  const { t } = useTranslation('incidents');
  const cancel = useWrite((body: { reason: string }, headers) =>
    api.POST('/process-reviews/{id}/cancel', { params: paramsOf(review, headers), body }),
  );
  return (
    <ActDialog<{ reason: string }>
      title={t('process.cancel')}
      about={t('process.cancelAbout')}
      go={t('process.cancel')}
      danger
      isDated={false}
      problem={cancel.problem}
      isPending={cancel.isPending}
      onSend={cancel.write}
      onClose={onClose}
    >
      <Form.Item
        name="reason"
        label={t('reason')}
        rules={[{ required: true, whitespace: true, message: t('reasonMissing') }]}
      >
        <Input maxLength={500} />
      </Form.Item>
    </ActDialog>
  );
}
