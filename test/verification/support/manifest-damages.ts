import { TEST_SEED } from '../../support/scale.ts';
import { type Damage, type DamageOptions, damagesOf } from './damages.ts';

/** A payload with the document that speaks for it. */
export interface Attested {
  readonly payload: Buffer;
  readonly manifest: Buffer;
}

/** A payload and its manifest of which at least one is not as it was. */
export interface ManifestDamage extends Attested {
  readonly name: string;
  readonly kind: 'payload-edited' | 'manifest-edited' | 'both-edited';
}

/** How the damage is made. */
export interface ManifestDamageOptions {
  /**
   * Makes a manifest that fits a payload, as somebody would who has all but the key. A manifest without a signature is then
   * right for the edited payload: nothing can tell, and the test says so.
   */
  readonly forge: (payload: Buffer) => Buffer;
  /** Passed on for the damages of the manifest: its fields, another one to splice with. */
  readonly manifest?: DamageOptions;
  readonly seed?: number;
}

/** Edits of the payload alone, of its manifest alone (everything of `damagesOf`), and of both so that they fit again. */
export function* manifestDamages(sound: Attested, options: ManifestDamageOptions): Generator<ManifestDamage, void> {
  const seed = options.seed ?? TEST_SEED;
  for (const { name, bytes } of someOf(damagesOf(sound.payload, { seed }))) {
    yield { name: `payload: ${name}`, kind: 'payload-edited', payload: bytes, manifest: sound.manifest };
    const forged = options.forge(bytes);
    yield { name: `payload and manifest: ${name}`, kind: 'both-edited', payload: bytes, manifest: forged };
  }
  for (const { name, bytes } of damagesOf(sound.manifest, { seed, ...options.manifest })) {
    yield { name: `manifest: ${name}`, kind: 'manifest-edited', payload: sound.payload, manifest: bytes };
  }
}

/** The first ten of each kind: a digest does not care which byte was hit. */
function* someOf(damages: Iterable<Damage>): Generator<Damage, void> {
  const counts = new Map<string, number>();
  for (const damage of damages) {
    const count = (counts.get(damage.kind) ?? 0) + 1;
    counts.set(damage.kind, count);
    if (count <= 10) yield damage;
  }
}
