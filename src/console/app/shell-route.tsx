import { createRootRoute } from '@tanstack/react-router';
import { Crashed } from './crashed.tsx';
import { NotFound } from './not-found.tsx';
import { Shell } from './shell.tsx';

/** The frame that every page hangs in. */
export const shellRoute = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: Crashed,
});
