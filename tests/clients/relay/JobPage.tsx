import { graphql, useLazyLoadQuery } from "react-relay";

import type { JobPageQuery } from "./__generated__/JobPageQuery.graphql";
import { JobApplications } from "./JobApplications";
import { JobRow } from "./JobRow";

/** One job, fetched by its global id. */
export function JobPage({ id }: { id: string }) {
  const { node } = useLazyLoadQuery<JobPageQuery>(
    graphql`
      query JobPageQuery($id: ID!) {
        node(id: $id) {
          ... on Job @alias(as: "job") {
            keywords
            ...JobRow_job
            ...JobApplications_job
          }
        }
      }
    `,
    { id },
  );
  const job = node?.job;
  if (!job) return <p>No such job.</p>;
  return (
    <article>
      <JobRow job={job} />
      <p>{job.keywords.join(", ")}</p>
      <JobApplications job={job} />
    </article>
  );
}
