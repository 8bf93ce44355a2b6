import { createLink } from '@tanstack/react-router';
import { Button, type ButtonProps } from 'antd';
import type { Ref } from 'react';

interface AnchorProps extends Pick<ButtonProps, 'size' | 'children'> {
  /** The one that most people come for; the router keeps `type` to itself. */
  readonly isPrimary?: boolean;
  readonly href?: string;
  readonly ref?: Ref<HTMLAnchorElement | HTMLButtonElement>;
}

/** A way to another page that looks like a button: `<LinkButton to="/spares/parts/new">`. */
export const LinkButton = createLink(({ ref, isPrimary = false, ...props }: AnchorProps) => (
  <Button {...(ref ? { ref } : {})} type={isPrimary ? 'primary' : 'default'} {...props} />
));
