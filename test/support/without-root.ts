/** An account that owns nothing. */
export const NOBODY = 65_534;

/** Root may read everything: meanwhile the process is somebody else. */
export async function withoutRoot<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
