import { Skeleton } from 'antd';

/** Something is being fetched. */
export function Waiting() {
  return <Skeleton active aria-busy="true" className="waiting" />;
}
