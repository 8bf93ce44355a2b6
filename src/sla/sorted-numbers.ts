/** The largest index whose number is at most `value`; -1 when there is none. @param sorted ascending. */
export function lastAtMost(sorted: Float64Array | Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The largest index whose number is below `value`; -1 when there is none. @param sorted ascending. */
export function lastBelow(sorted: Float64Array | Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** An element that the caller knows to be there. */
export function numberAt(numbers: Float64Array | Int32Array, index: number): number {
  return numbers[index] ?? Number.NaN;
}
