import { graphql, useFragment } from "react-relay";

import type { JobRow_job$key } from "./__generated__/JobRow_job.graphql";

export function JobRow({ job }: { job: JobRow_job$key }) {
  const { title, company, location, postingDate, status } = useFragment(
    graphql`
      fragment JobRow_job on Job {
        title
        company
        location
        postingDate
        status
      }
    `,
    job,
  );
  return (
    <li className={status === "ARCHIVED" ? "dim" : ""}>
      {title}, {company}, {location ?? "anywhere"} {postingDate?.slice(0, 10)}
    </li>
  );
}
