import type { Attributed } from './bagit-files.ts';
import { bagManifestNamed } from './bagit-manifest.ts';
import type { Bag } from './bagit-read.ts';
import { CONSEQUENCES_MAX, type Finding, VERDICT_OF_KIND, withConsequences } from './finding.ts';
import { FindingsPerKind } from './tree-findings.ts';

/**
 * All that is wrong with a bag, when its files were compared: `judged` stands by itself, `differences` are those of
 * `compareBagFile`. What only an altered manifest complains about is that manifest's fault; a file that no manifest names
 * is the fault of a manifest with a broken line.
 */
export function concludeBag(bag: Bag, judged: readonly Finding[], differences: readonly Attributed[]): Finding[] {
  const changed = new Map(differences.map(({ finding }) => [finding.file, finding] as const));
  const broken = new Map(bag.findings.filter(isDamage).map((finding) => [finding.file, finding] as const));
  const isBlamed = ({ finding, manifests }: Attributed) =>
    bagManifestNamed(finding.file) === undefined &&
    manifests.every((name) => changed.has(name) || (finding.kind === 'unexpected' && broken.has(name)));
  const beneath = new Map<string, Finding[]>();
  const put = (root: string, finding: Finding) => {
    const consequences = beneath.get(root);
    if (consequences === undefined) beneath.set(root, [finding]);
    else if (consequences.length <= CONSEQUENCES_MAX) consequences.push(finding);
  };
  const roots: Finding[] = [];
  for (const one of [...differences, ...bag.attributed]) {
    if (isBlamed(one)) put(one.manifests[0] ?? '', one.finding);
    else if (!broken.has(one.finding.file)) roots.push(one.finding);
    else if (broken.get(one.finding.file)?.kind !== one.finding.kind) put(one.finding.file, one.finding);
  }
  const told = new FindingsPerKind();
  for (const finding of [...bag.findings, ...judged, ...roots]) {
    const isRoot = isDamage(finding) && beneath.has(finding.file);
    told.add(isRoot ? withConsequences(finding, beneath.get(finding.file) ?? []) : finding);
    if (isRoot) beneath.delete(finding.file);
  }
  for (const finding of [...beneath.values()].flat()) told.add(finding);
  const isExplained = [...bag.findings, ...judged, ...roots].some(({ kind }) => kind !== 'unstable-read');
  if (bag.sum !== undefined && !isExplained) told.add(bag.sum);
  return told.all();
}

/** What is only suspect, or cannot be judged, must not hide damage beneath it. */
function isDamage({ kind }: Finding): boolean {
  return VERDICT_OF_KIND[kind] !== 'suspect' && VERDICT_OF_KIND[kind] !== 'unverifiable';
}
