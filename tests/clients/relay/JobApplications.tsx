import { graphql, usePaginationFragment } from "react-relay";

import type { JobApplications_job$key } from "./__generated__/JobApplications_job.graphql";
import type { JobApplicationsPaginationQuery } from "./__generated__/JobApplicationsPaginationQuery.graphql";

/** The applications to one job: a connection below a node, paged by refetching the node. */
export function JobApplications({ job }: { job: JobApplications_job$key }) {
  const { data, hasNext, loadNext, refetch } = usePaginationFragment<
    JobApplicationsPaginationQuery,
    JobApplications_job$key
  >(
    graphql`
      fragment JobApplications_job on Job
      @refetchable(queryName: "JobApplicationsPaginationQuery")
      @argumentDefinitions(
        count: { type: "Int", defaultValue: 1 }
        cursor: { type: "String" }
        filter: { type: "ApplicationFilter" }
      ) {
        applications(first: $count, after: $cursor, filter: $filter)
          @connection(key: "JobApplications_applications") {
          edges {
            node {
              id
              status
              applicationDate
              responses {
                id
                responseType
                subjectLine
              }
              experienceClaims {
                id
                claimType
                riskLevel
              }
            }
          }
          pageInfo {
            endCursor
            hasNextPage
          }
        }
      }
    `,
    job,
  );
  return (
    <section>
      {data.applications.edges.map(
        ({ node }) =>
          node && (
            <p key={node.id}>
              {node.status} {node.applicationDate} {node.responses.map((response) => response.subjectLine).join("; ")}{" "}
              {node.experienceClaims.filter((claim) => claim.riskLevel === "HIGH").length}
            </p>
          ),
      )}
      {hasNext && <button onClick={() => loadNext(10)}>More</button>}
      <button onClick={() => refetch({ filter: { status: { in: ["OFFER_RECEIVED"] } } })}>Offers only</button>
    </section>
  );
}
