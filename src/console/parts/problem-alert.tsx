import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { ProblemError } from '../api/problem.ts';
import { kindOfProblem } from '../api/problem-kind.ts';

interface ProblemAlertProps {
  /** Whatever a read or a write rejected with; nothing is shown for null. */
  readonly error: unknown;
  /** Offers to try again. */
  readonly onRetry?: (() => void) | undefined;
}

/** A refusal in the server's own words, with the fields it names and the request's id, by which operations find it in the log. */
export function ProblemAlert({ error, onRetry }: ProblemAlertProps) {
  const { t } = useTranslation('parts');
  if (!error) return null;
  const problem = error instanceof ProblemError ? error.problem : undefined;
  const kind = problem && kindOfProblem(problem);
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      className="problem"
      title={titleOf(error, t('problem.unreachable'))}
      description={
        <>
          {problem?.fields?.length ? (
            <ul>
              {problem.fields.map(({ field, message }) => (
                <li key={`${field} ${message}`}>
                  <span className="code">{field}</span> {message}
                </li>
              ))}
            </ul>
          ) : null}
          {kind ? <p>{t(`kindOfProblem.${kind}`)}</p> : null}
          {problem?.requestId ? (
            <p>
              {t('problem.request')} <span className="code">{problem.requestId}</span>
            </p>
          ) : null}
          {onRetry ? <Button onClick={onRetry}>{t('problem.retry')}</Button> : null}
        </>
      }
    />
  );
}

function titleOf(error: unknown, unreachable: string): string {
  if (error instanceof ProblemError && error.isUnreachable) return unreachable;
  return error instanceof Error ? error.message : String(error);
}
