// What the components of this folder do with Relay's store, done by hand: read a screen, then the next pages of its
// connections, and look at what the store has made of the answers.
import {
  Environment,
  Network,
  RecordSource,
  Store,
  createOperationDescriptor,
  fetchQuery,
  getSingularSelector,
  type ConcreteRequest,
  type OperationType,
  type ReaderFragment,
} from "relay-runtime";

import { endpointOfCommandLine, post } from "../post";
import JobApplications, { type JobApplications_job$data } from "./__generated__/JobApplications_job.graphql";
import JobApplicationsPagination, {
  type JobApplicationsPaginationQuery,
} from "./__generated__/JobApplicationsPaginationQuery.graphql";
import JobPage, { type JobPageQuery } from "./__generated__/JobPageQuery.graphql";
import JobRow, { type JobRow_job$data } from "./__generated__/JobRow_job.graphql";
import JobsList, { type JobsList_query$data } from "./__generated__/JobsList_query.graphql";
import JobsListPagination, { type JobsListPaginationQuery } from "./__generated__/JobsListPaginationQuery.graphql";
import JobsPage, { type JobsPageQuery } from "./__generated__/JobsPageQuery.graphql";

const endpoint = endpointOfCommandLine();
const environment = new Environment({
  network: Network.create(async ({ id, text }, variables) => ({
    // There is an id and no text where relay.persisted.config.json made the artifacts.
    data: await post(endpoint, id ? { doc_id: id } : { query: text! }, variables),
  })),
  store: new Store(new RecordSource()),
});

/** Asks the server and keeps the answer in the store. */
async function load<Q extends OperationType>(query: ConcreteRequest, variables: Q["variables"]): Promise<void> {
  const operation = createOperationDescriptor(query, variables);
  environment.retain(operation);
  await fetchQuery<Q>(environment, query, variables).toPromise();
}

/** What the store knows of a query. */
function stored<Q extends OperationType>(query: ConcreteRequest, variables: Q["variables"]): Q["response"] {
  return environment.lookup(createOperationDescriptor(query, variables).fragment).data as Q["response"];
}

/** What the store knows of a fragment that was spread on `parent`. */
function unmasked<Data>(fragment: ReaderFragment, parent: unknown): Data {
  return environment.lookup(getSingularSelector(fragment, parent)).data as Data;
}

/** The list after each page of it, as titles. */
async function newestJobs() {
  const filter = { status: { in: ["DISCOVERED", "TARGETED"] } } as const;
  await load<JobsPageQuery>(JobsPage, { filter });
  const lists: string[][] = [];
  for (;;) {
    const { jobs } = unmasked<JobsList_query$data>(JobsList, stored<JobsPageQuery>(JobsPage, { filter }));
    lists.push(jobs.edges.flatMap(({ node }) => (node ? unmasked<JobRow_job$data>(JobRow, node).title : [])));
    if (!jobs.pageInfo.hasNextPage) return { count: jobs.totalCount, lists, first: jobs.edges[0]!.node!.id };
    await load<JobsListPaginationQuery>(JobsListPagination, { count: 2, cursor: jobs.pageInfo.endCursor ?? null, filter });
  }
}

/** A job's applications after each page of them, as statuses with the number of responses and claims. */
async function applications(id: string) {
  await load<JobPageQuery>(JobPage, { id });
  const lists: string[][] = [];
  for (;;) {
    const job = stored<JobPageQuery>(JobPage, { id }).node?.job;
    const { applications } = unmasked<JobApplications_job$data>(JobApplications, job);
    lists.push(
      applications.edges.flatMap(({ node }) =>
        node ? `${node.status} ${node.responses.length} ${node.experienceClaims.length}` : [],
      ),
    );
    if (!applications.pageInfo.hasNextPage) return lists;
    await load<JobApplicationsPaginationQuery>(JobApplicationsPagination, {
      id,
      count: 1,
      cursor: applications.pageInfo.endCursor ?? null,
    });
  }
}

async function main() {
  const { first, ...newest } = await newestJobs();
  console.log(JSON.stringify({ newest, applications: await applications(first) }));
}

void main();
