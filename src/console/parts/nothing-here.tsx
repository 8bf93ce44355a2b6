import { Empty } from 'antd';
import type { ReactNode } from 'react';

/** Says that there is nothing yet, and what to do next. */
export function NothingHere({ text, children }: { readonly text: string; readonly children?: ReactNode }) {
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text}>
      {children}
    </Empty>
  );
}
