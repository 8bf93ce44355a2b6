import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ProblemError } from '../api/problem.ts';
import { ProblemAlert } from '../parts/problem-alert.tsx';
import { lineOfField } from './desk.ts';

interface DeskRefusalProps {
  readonly problem: ProblemError | null;
  /** Something was sent and its answer never came. */
  readonly isWaiting: boolean;
}

/** Why a request was refused, unless its lines say so themselves; or that it is not known whether it took effect. */
export function DeskRefusal({ problem, isWaiting }: DeskRefusalProps) {
  const { t } = useTranslation('spares');
  const isOfLines = problem?.problem?.fields?.some(({ field }) => lineOfField(field) !== undefined);
  return (
    <>
      {isWaiting ? <Alert type="warning" showIcon role="alert" title={t('desk.noAnswer')} /> : null}
      {problem && !isOfLines && !isWaiting ? <ProblemAlert error={problem} /> : null}
    </>
  );
}
