import { graphql, usePaginationFragment } from "react-relay";

import type { JobsList_query$key } from "./__generated__/JobsList_query.graphql";
import type { JobsListPaginationQuery } from "./__generated__/JobsListPaginationQuery.graphql";
import { JobRow } from "./JobRow";

/** Jobs, the latest advertised first; a button reads the next page. */
export function JobsList({ query }: { query: JobsList_query$key }) {
  const { data, hasNext, loadNext } = usePaginationFragment<JobsListPaginationQuery, JobsList_query$key>(
    graphql`
      fragment JobsList_query on Query
      @refetchable(queryName: "JobsListPaginationQuery")
      @argumentDefinitions(
        count: { type: "Int", defaultValue: 2 }
        cursor: { type: "String" }
        filter: { type: "JobFilter" }
      ) {
        jobs(first: $count, after: $cursor, filter: $filter, orderBy: [{ field: POSTING_DATE, direction: DESC }])
          @connection(key: "JobsList_jobs") {
          totalCount
          edges {
            node {
              id
              ...JobRow_job
            }
          }
          pageInfo {
            endCursor
            hasNextPage
          }
        }
      }
    `,
    query,
  );
  return (
    <section>
      <h1>{data.jobs.totalCount} jobs</h1>
      <ul>
        {data.jobs.edges.map(({ node }) => node && <JobRow key={node.id} job={node} />)}
      </ul>
      {hasNext && <button onClick={() => loadNext(25)}>More</button>}
    </section>
  );
}
