import { graphql, useLazyLoadQuery } from "react-relay";

import type { JobFilter, JobsPageQuery } from "./__generated__/JobsPageQuery.graphql";
import { JobsList } from "./JobsList";

/** The first screen: a search, and the jobs that it finds. */
export function JobsPage({ filter }: { filter: JobFilter | null }) {
  const data = useLazyLoadQuery<JobsPageQuery>(
    graphql`
      query JobsPageQuery($filter: JobFilter) {
        ...JobsList_query @arguments(filter: $filter)
      }
    `,
    { filter },
  );
  return <JobsList query={data} />;
}
