import { useSyncExternalStore } from 'react';
import { LANGUAGES, type Language } from '../i18n/i18n.ts';

/** How somebody wants to see the console, kept in their browser. */
export interface Preferences {
  readonly language: Language;
  readonly theme: 'auto' | 'light' | 'dark';
}

const KEY = 'muster.preferences';
const listeners = new Set<() => void>();
let current: Preferences = read();

function read(): Preferences {
  const preferred: Language = navigator.language.startsWith('zh') ? 'zh' : 'en';
  let kept: Partial<Preferences> = {};
  try {
    kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
  } catch {
    // A browser that keeps nothing for us shows what it prefers itself.
  }
  return {
    language: kept.language && kept.language in LANGUAGES ? kept.language : preferred,
    theme: kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'auto',
  };
}

/** Changes some preferences, at once and for the next time. */
export function setPreferences(changes: Partial<Preferences>): void {
  current = { ...current, ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // They hold until the page is closed.
  }
  for (const listener of listeners) listener();
}

/** The preferences outside of components. */
export const preferences = (): Preferences => current;

/** The preferences, kept up to date. */
export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, preferences);
}
