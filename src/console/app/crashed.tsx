import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { Button, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { Page } from '../parts/page.tsx';
import { ProblemAlert } from '../parts/problem-alert.tsx';

/** How browsers say that a part of the console is not there: after an update it has another name. */
const PART_IS_GONE = /dynamically imported module|importing a module script failed|error loading/i;

/** In place of a page that failed: what happened, and the ways on. The rest of the console works on. */
export function Crashed({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const isGone = error instanceof Error && PART_IS_GONE.test(error.message);
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Page title={t(isGone ? 'crashed.updated' : 'crashed.title')}>
      <p>{t(isGone ? 'crashed.updatedText' : 'crashed.text')}</p>
      {isGone ? null : <ProblemAlert error={error} />}
      <Space wrap>
        <Button type="primary" onClick={() => location.reload()}>
          {t('crashed.reload')}
        </Button>
        {isGone ? null : <Button onClick={again}>{t('crashed.again')}</Button>}
        <Link to="/">{t('nav.home')}</Link>
      </Space>
    </Page>
  );
}
