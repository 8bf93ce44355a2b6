import { useTranslation } from 'react-i18next';
import { usePreferences } from '../app/preferences.ts';
import { Facts } from '../parts/facts.tsx';
import { formatCount } from '../parts/format.ts';
import { Mark } from '../parts/mark.tsx';
import type { Finding } from './backup-api.ts';
import { isFindingKind, TONE_OF_FINDING } from './finding-kind.ts';

/** What is wrong with a backup and where; what is wrong only because of it is folded under it. */
export function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className="findings">
      {findings.map((finding, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: findings have no id, and a check's list never changes
        <li key={index}>
          <FindingEntry finding={finding} />
        </li>
      ))}
    </ul>
  );
}

function FindingEntry({ finding }: { readonly finding: Finding }) {
  const { t } = useTranslation('backups');
  const { kind, consequences = [] } = finding;
  return (
    <>
      <Mark tone={isFindingKind(kind) ? TONE_OF_FINDING[kind] : 'bad'}>
        {isFindingKind(kind) ? t(`finding.kind.${kind}`) : kind}
      </Mark>
      <p>{finding.message}</p>
      <FindingPlace finding={finding} />
      {consequences.length > 0 ? (
        <details>
          <summary>{t('finding.consequences', { count: consequences.length })}</summary>
          <FindingList findings={consequences} />
        </details>
      ) : null}
    </>
  );
}

function FindingPlace({ finding }: { readonly finding: Finding }) {
  const { t } = useTranslation('backups');
  const { language } = usePreferences();
  const { file, entry, offset, endOffset, decodedOffset, expected, actual } = finding;
  const code = (text: string | undefined) => text && <span className="code">{text}</span>;
  const at = (byte: number | undefined) => (byte === undefined ? null : formatCount(byte, language));
  const range = endOffset === undefined || endOffset === offset ? at(offset) : `${at(offset)} – ${at(endOffset)}`;
  return (
    <Facts
      facts={[
        [t('finding.file'), code(file)],
        [t('finding.entry'), code(entry)],
        [t('finding.offset'), offset === undefined ? null : range],
        [t('finding.decodedOffset'), at(decodedOffset)],
        [t('finding.expected'), code(expected)],
        [t('finding.actual'), code(actual)],
      ]}
    />
  );
}
