import type { UseQueryResult } from '@tanstack/react-query';
import { Table, type TableColumnsType } from 'antd';
import type { ReactNode } from 'react';
import { Pager } from './pager.tsx';
import { ProblemAlert } from './problem-alert.tsx';
import { useReachableTable } from './use-reachable-table.ts';

/** One page of a list of the API: its rows, and where the next page begins. */
interface KeyedPage<Row> {
  readonly items: readonly Row[];
  readonly next: string | null;
}

interface KeyedTableProps<Row> {
  readonly query: UseQueryResult<KeyedPage<Row>, unknown>;
  readonly columns: TableColumnsType<Row>;
  readonly rowKey: (row: Row) => string;
  /** Where the page that is shown begins, from the address; undefined for the first one. */
  readonly after: string | undefined;
  /** Goes to another page: puts it into the address. */
  readonly onPage: (after: string | undefined) => void;
  /** What to say when there is no row, with what to do next. */
  readonly empty: ReactNode;
  /** What the table shows, for screen readers. */
  readonly label: string;
}

/** A list that the server keeps, page by page. On a narrow screen it scrolls sideways inside its frame. */
export function KeyedTable<Row extends object>(props: KeyedTableProps<Row>) {
  const { query, columns, rowKey, after, onPage, empty, label } = props;
  const { data, error, isFetching, refetch } = query;
  const around = useReachableTable();
  return (
    <>
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      <section className="keyed-table" aria-label={label} ref={around}>
        <Table<Row>
          size="middle"
          columns={columns}
          dataSource={data?.items ?? []}
          rowKey={rowKey}
          loading={isFetching && data === undefined}
          pagination={false}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: data && !error ? empty : ' ' }}
        />
        <Pager after={after} next={data?.next ?? null} onPage={onPage} />
      </section>
    </>
  );
}
