// What the generated types must refuse. Each line marked so is an error that strict TypeScript has to find; one that it
// does not find is an error itself.
import {
  type ApplicationsBoardQueryVariables,
  type CompaniesQuery,
  type JobBy,
  type JobCardFragment,
  type JobFilter,
  type NewestJobsQuery,
  type NewestJobsQueryVariables,
  type RefetchJobQuery,
} from "./__generated__/graphql";

export function reading(jobs: NewestJobsQuery, card: JobCardFragment, companies: CompaniesQuery, node: RefetchJobQuery) {
  // @ts-expect-error the fields of a fragment are hidden from whoever did not ask for them
  jobs.jobs.edges[0]?.node.title;
  // @ts-expect-error a column that may be empty is null at times
  card.location.length;
  // @ts-expect-error a status is one of the enum's values
  card.status === "HIRED";
  // @ts-expect-error a day is a string
  card.postingDate?.getTime();
  // @ts-expect-error this field was not selected
  companies.companies.nodes[0]?.website;
  // @ts-expect-error a node may be of another type
  node.node?.title;
}

// @ts-expect-error `first` is required
export const noFirst: NewestJobsQueryVariables = {};
// @ts-expect-error there is no such status
export const noSuchStatus: ApplicationsBoardQueryVariables = { statuses: ["HIRED"] };
// @ts-expect-error there is no such column
export const noSuchColumn: JobFilter = { wage: { gt: 1 } };
// @ts-expect-error text is not compared with a number
export const noSuchValue: JobFilter = { title: { contains: 1 } };
// @ts-expect-error a @oneOf input takes one key
export const twoKeys: JobBy = { databaseId: 1, jobUrl: "https://jobs.example/1" };
// @ts-expect-error a @oneOf input takes one key
export const noKey: JobBy = {};
