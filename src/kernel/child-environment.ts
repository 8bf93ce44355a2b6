import module from 'node:module';
import { dirname } from 'node:path';

/**
 * The environment of a process of ours that needs nothing of what the service was started with, least of all its secrets. What
 * was compiled once is not compiled anew: Node tells the directory of its own version, below the one that it was given.
 */
export function childEnvironment(): NodeJS.ProcessEnv {
  const directory = module.getCompileCacheDir();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}
