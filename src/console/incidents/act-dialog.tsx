import { Form, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { operations, paths } from '../api/api.generated.d.ts';
import { api } from '../api/client.ts';
import type { ProblemError } from '../api/problem.ts';
import { ifMatch, useWrite } from '../api/use-write.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import type { Incident } from './incident-data.ts';
import { type When, WhenFields, whenOf } from './when-fields.tsx';

interface ActDialogProps<Filled> {
  readonly title: string;
  /** What happens when it is sent. */
  readonly about: string;
  readonly go: string;
  readonly danger?: boolean;
  readonly initial?: Partial<Filled>;
  readonly problem: ProblemError | null;
  readonly isPending: boolean;
  /** Whether it may have happened earlier than it is entered. */
  readonly isDated?: boolean;
  /** Rejects when it was refused: then the dialog stays, with all that was typed. */
  readonly onSend: (filled: Filled) => Promise<unknown>;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** Something that is done: says what happens, asks for what is needed, and keeps it when the server refuses. */
export function ActDialog<Filled extends object>(props: ActDialogProps<Filled>) {
  const { title, about, go, danger = false, initial, problem, isPending, isDated = true, onSend, onClose } = props;
  const { t } = useTranslation('incidents');
  const [form] = Form.useForm<Filled & When>();
  const send = async (filled: Filled & When) => {
    const { at, lateBecause, ...said } = filled;
    const given = { ...whatIsGiven(said), ...whenOf({ at, lateBecause }) };
    await onSend(given as Filled).then(onClose, () => undefined);
  };
  return (
    <Modal
      open
      title={title}
      okText={go}
      cancelText={t('cancel')}
      confirmLoading={isPending}
      okButtonProps={{ danger }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p>{about}</p>
      <Form
        form={form}
        layout="vertical"
        {...(initial ? { initialValues: initial } : {})}
        onFinish={(filled) => void send(filled as Filled & When)}
      >
        {props.children}
        {isDated ? <WhenFields /> : null}
      </Form>
      <ProblemAlert error={problem} />
    </Modal>
  );
}

/** Without what was left empty: the API refuses a text that is sent empty. */
function whatIsGiven(filled: object): object {
  return Object.fromEntries(
    Object.entries(filled).flatMap(([name, value]) => {
      const text = typeof value === 'string' ? value.trim() : value;
      return text === undefined || text === null || text === '' ? [] : [[name, text]];
    }),
  );
}

/** Where the acts of an incident are entered; each answers the incident as it is then. */
type ActPath = Extract<
  keyof paths,
  | `/incidents/{id}/${'take' | 'facts' | 'record' | 'classify' | 'transfer' | 'contacts' | 'plans' | 'sub-state'}`
  | `/incidents/{id}/${'verifications' | 'dispatches' | 'resolve' | 'close' | 'notes'}`
>;

type BodyOf<Path extends ActPath> = paths[Path]['post'] extends { requestBody?: infer Request }
  ? NonNullable<Request> extends { content: { 'application/json': infer Body } }
    ? Body
    : never
  : never;

/** Enters an act of an incident, at the version that was read. */
export function useAct<Path extends ActPath>(path: Path, { id, version }: Pick<Incident, 'id' | 'version'>) {
  return useWrite((body: BodyOf<Path>, headers) => {
    const params = { path: { id }, header: { ...headers, ...ifMatch(version) } };
    // Each path has its own type for the same parameters; the body is held to the path's by what this hook takes.
    return api.POST(path as '/incidents/{id}/facts', { params, body: body as Facts });
  });
}

type Facts = NonNullable<operations['enterIncidentFacts']['requestBody']>['content']['application/json'];
