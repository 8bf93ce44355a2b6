import type { Tone } from '../parts/mark.tsx';

const SLOT = 'muster.count.sound';

/** Whether scans are answered with a sound; with gloves on and eyes on the shelf nobody looks at the screen. */
export const hasSound = (): boolean => localStorage.getItem(SLOT) !== 'off';
export const setSound = (isOn: boolean): void => localStorage.setItem(SLOT, isOn ? 'on' : 'off');

/** One high tone for what is counted, two low ones for what needs a look. */
const TONES: Partial<Record<Tone, readonly number[]>> = { good: [1320], warn: [440, 440], bad: [220, 220, 220] };

let audio: AudioContext | undefined;

/** Answers a scan to ear and hand. A device that can do neither stays silent. */
export function signal(tone: Tone): void {
  const notes = TONES[tone];
  if (!notes || !hasSound()) return;
  if (tone !== 'good' && 'vibrate' in navigator) navigator.vibrate(notes.map(() => 120));
  audio ??= new AudioContext();
  const context = audio;
  for (const [index, hertz] of notes.entries()) {
    const at = context.currentTime + index * 0.16;
    const note = context.createOscillator();
    const volume = context.createGain();
    note.frequency.value = hertz;
    volume.gain.value = 0.15;
    note.connect(volume).connect(context.destination);
    note.start(at);
    note.stop(at + 0.11);
  }
}
