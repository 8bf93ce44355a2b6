import { Form, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Preferences, setPreferences, usePreferences } from '../app/preferences.ts';
import { LANGUAGES, type Language } from '../i18n/i18n.ts';
import { Section } from '../parts/section.tsx';

const THEMES: readonly Preferences['theme'][] = ['auto', 'light', 'dark'];

/** Language and colours, at once and for the next time in this browser. */
export function PreferencesSection() {
  const { t } = useTranslation(['account', 'app']);
  const { language, theme } = usePreferences();
  return (
    <Section title={t('preferences.title')}>
      <Form layout="vertical">
        <Form.Item label={t('preferences.language')}>
          <Radio.Group
            aria-label={t('preferences.language')}
            value={language}
            options={(Object.keys(LANGUAGES) as Language[]).map((value) => ({ value, label: LANGUAGES[value] }))}
            onChange={({ target }) => setPreferences({ language: target.value })}
          />
        </Form.Item>
        <Form.Item label={t('preferences.theme')}>
          <Radio.Group
            aria-label={t('preferences.theme')}
            value={theme}
            options={THEMES.map((value) => ({ value, label: t(`app:user.themes.${value}`) }))}
            onChange={({ target }) => setPreferences({ theme: target.value })}
          />
        </Form.Item>
      </Form>
      <p className="hint">{t('preferences.kept')}</p>
    </Section>
  );
}
