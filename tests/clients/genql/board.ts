// The board with genql's client: operations are objects, and the answers' types follow from them.
import { evening, type Operations } from "../evening/evening";
import { endpointOfCommandLine } from "../post";
import { createClient } from "./__generated__/client";

const client = createClient({ url: endpointOfCommandLine() });
const rejected = { userErrors: { code: true, message: true } } as const;

const board: Operations = {
  Board: ({ first }) =>
    client.query({
      applications: {
        __args: { first, orderBy: [{ field: "APPLICATION_DATE", direction: "DESC" }] },
        nodes: { id: true, status: true, version: true, responseCount: true, job: { id: true, title: true } },
      },
    }),
  JobsPage: ({ first, after }) =>
    client.query({
      jobs: {
        __args: { first, after, orderBy: [{ field: "TITLE" }] },
        totalCount: true,
        edges: { cursor: true, node: { id: true, title: true } },
        pageInfo: { hasNextPage: true, endCursor: true },
      },
    }),
  JobDetail: ({ id }) =>
    client.query({
      job: {
        __args: { by: { id } },
        title: true,
        status: true,
        tags: { id: true, name: true },
        statusEvents: { __args: { first: 3 }, toStatus: true },
      },
    }),
  Found: ({ text }) =>
    client.query({
      search: { __args: { query: text, types: ["JOB"], first: 5 }, node: { __typename: true, id: true, on_Job: { title: true } } },
    }),
  AddJob: ({ input }) =>
    client.mutation({
      createJob: { __args: { input }, job: { id: true, version: true }, userErrors: { code: true, path: true } },
    }),
  EditJob: ({ input }) =>
    client.mutation({
      updateJob: {
        __args: { input },
        job: { title: true, version: true },
        userErrors: { code: true, on_StaleVersionError: { currentVersion: true } },
      },
    }),
  Apply: ({ input }) =>
    client.mutation({
      submitApplication: {
        __args: { input },
        application: { id: true, status: true, job: { id: true, status: true } },
        ...rejected,
      },
    }),
  MoveCard: ({ input }) =>
    client.mutation({
      changeApplicationStatus: {
        __args: { input },
        application: { id: true, status: true },
        changes: { id: true, entity: true },
        ...rejected,
      },
    }),
  Answered: ({ input }) =>
    client.mutation({
      recordEmployerResponse: {
        __args: { input },
        employerResponse: { id: true },
        proposedStatus: true,
        application: { id: true, responseCount: true },
        ...rejected,
      },
    }),
  Label: ({ input }) => client.mutation({ addTags: { __args: { input }, count: true, ...rejected } }),
  TakeBack: ({ input }) =>
    client.mutation({ undoChanges: { __args: { input }, undoneChanges: { id: true, entity: true }, ...rejected } }),
  RemoveJob: ({ input }) =>
    client.mutation({ deleteJob: { __args: { input }, change: { id: true, entityId: true }, ...rejected } }),
};

// @ts-expect-error tsc must detect that there is no field of this name
export const unknownField = () => client.query({ jobs: { nodes: { titel: true } } });

async function main() {
  console.log(JSON.stringify({ evening: await evening(board) }));
}

void main();
