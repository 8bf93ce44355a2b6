import { createHash } from 'node:crypto';
import { isMap, isNode, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { nearestOf } from '../kernel/nearest.ts';
import { printable } from '../verification/finding.ts';
import { type DrillDefinition, definitionSchema } from './definition.ts';
import { keysKnownAt, valueAt, valuesKnownAt } from './definition-nearest.ts';
import { fillParameters } from './parameter-use.ts';
import type { GivenParameters } from './parameter-value.ts';

/** A definition above this size is refused unread. */
export const DEFINITION_BYTES_MAX = 262_144;

/** Aliases that a file may use; more is an expansion bomb, not a drill. */
const ALIASES_MAX = 50;

/** Problems listed for one file. */
const PROBLEMS_MAX = 50;

/** One thing that is wrong with a definition, and where. Line and column count from 1. */
interface DefinitionProblem {
  readonly line: number;
  readonly column: number;
  /** The keys that lead there: `steps/0/level`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/** A definition's file as it was read: a definition or the problems that keep it from being one. */
export interface DefinitionFile {
  /** The drill's name: the file's, without its extension. */
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the file's bytes. */
  readonly sha256: string;
  readonly definition: DrillDefinition | undefined;
  readonly problems: readonly DefinitionProblem[];
}

/**
 * Reads the bytes of `drills/NAME.yaml`. Never throws for what the bytes hold: that is what `problems` is for.
 * @param given the values of parameters; the defaults stand in for the others.
 */
export function readDefinition(name: string, bytes: Uint8Array, given: GivenParameters = {}): DefinitionFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const refused = (text: string, problems: readonly DefinitionProblem[]): DefinitionFile => ({
    name,
    text,
    sha256,
    definition: undefined,
    problems: problems.slice(0, PROBLEMS_MAX),
  });
  if (bytes.length > DEFINITION_BYTES_MAX) {
    return refused('', [atTop(`the file is larger than ${DEFINITION_BYTES_MAX} bytes`)]);
  }
  const text = decoded(bytes);
  if (text === undefined) return refused('', [atTop('the file is not UTF-8 text, or holds NUL characters')]);
  const source = parseYaml(text);
  if (source.problems.length > 0) return refused(text, source.problems);
  const filled = fillParameters(source.value, given);
  const parsed = definitionSchema.safeParse(filled.value);
  const misused = filled.problems.map(({ path, message }) => problemAt(source, path, message));
  if (!parsed.success || misused.length > 0) {
    return refused(text, [...misused, ...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue, source))]);
  }
  if (parsed.data.name !== name) {
    const message = `must be ${name}, as the file is called`;
    return refused(text, [problemAt(source, ['name'], message)]);
  }
  return { name, text, sha256, definition: parsed.data, problems: [] };
}

interface YamlSource {
  readonly value: unknown;
  readonly root: Node | null;
  readonly lines: LineCounter;
  readonly problems: readonly DefinitionProblem[];
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    // PostgreSQL cannot store a NUL, and the run keeps the text verbatim.
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function parseYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const problems = [...document.errors, ...document.warnings].map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { line: Math.max(line, 1), column: Math.max(col, 1), path: '', message: error.message };
  });
  if (problems.length > 0) return { value: undefined, root: null, lines, problems };
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }), root: document.contents, lines, problems };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { value: undefined, root: null, lines, problems: [atTop(message)] };
  }
}

type Path = readonly PropertyKey[];

function problemsOf(issue: z.core.$ZodIssue, source: YamlSource): DefinitionProblem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = keysKnownAt(source.value, path);
    return issue.keys.map((key) => {
      const nearest = nearestOf(key, known);
      const advice = nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean ${nearest}?`;
      return problemAtKey(source, path, key, `unknown key ${printable(key)}: ${advice}`);
    });
  }
  const known =
    issue.code === 'invalid_value' || issue.code === 'invalid_union' ? valuesKnownAt(source.value, path) : [];
  const value = valueAt(source.value, path);
  if (known.length > 0 && value !== undefined) {
    const nearest = typeof value === 'string' ? nearestOf(value, known) : undefined;
    const advice = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    return [problemAt(source, path, `must be ${known.length > 1 ? 'one of ' : ''}${known.join(', ')}${advice}`)];
  }
  if (value === undefined && path.length > 0 && issue.code !== 'custom') {
    return [problemAt(source, path, `${String(path.at(-1))} is missing`)];
  }
  return [problemAt(source, path, issue.message)];
}

/** At the value itself; where there is none, at the nearest thing around it that is written. */
function problemAt(source: YamlSource, path: Path, message: string): DefinitionProblem {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = nodeAt(source.root, path.slice(0, depth));
    if (node?.range) return located(source, node.range[0], path, message);
  }
  return located(source, 0, path, message);
}

function problemAtKey(source: YamlSource, path: Path, key: string, message: string): DefinitionProblem {
  const map = nodeAt(source.root, path);
  const pair = isMap(map) ? map.items.find((item) => keyText(item.key) === key) : undefined;
  const offset = isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  return offset === undefined ? problemAt(source, path, message) : located(source, offset, [...path, key], message);
}

function located(source: YamlSource, offset: number, path: Path, message: string): DefinitionProblem {
  const { line, col } = source.lines.linePos(offset);
  return {
    line: Math.max(line, 1),
    column: Math.max(col, 1),
    path: path.map((part) => printable(String(part))).join('/'),
    message,
  };
}

function nodeAt(root: Node | null, path: Path): Node | undefined {
  let node: unknown = root;
  for (const part of path) {
    if (!isNode(node) || !('get' in node) || typeof node.get !== 'function') return undefined;
    node = node.get(part, true);
  }
  return isNode(node) ? node : undefined;
}

function keyText(key: unknown): string | undefined {
  return isNode(key) && 'value' in key ? String(key.value) : undefined;
}

function atTop(message: string): DefinitionProblem {
  return { line: 1, column: 1, path: '', message };
}
