// The twelve operations of operations/evening.graphql with types that the compiler itself infers of their text.
import { initGraphQLTada, type ResultOf, type VariablesOf } from "gql.tada";

import type { introspection } from "./__generated__/introspection";

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { ID: string; Date: string; DateTime: string };
}>();

export const Board = graphql(`
  query Board($first: Int!) {
    applications(first: $first, orderBy: [{ field: APPLICATION_DATE, direction: DESC }]) {
      nodes {
        id
        status
        version
        responseCount
        job {
          id
          title
        }
      }
    }
  }
`);

export const JobsPage = graphql(`
  query JobsPage($first: Int!, $after: String) {
    jobs(first: $first, after: $after, orderBy: [{ field: TITLE }]) {
      totalCount
      edges {
        cursor
        node {
          id
          title
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const JobDetail = graphql(`
  query JobDetail($id: ID!) {
    job(by: { id: $id }) {
      id
      title
      status
      version
      tags {
        id
        name
      }
      statusEvents(first: 3) {
        id
        toStatus
      }
    }
  }
`);

export const Found = graphql(`
  query Found($text: String!) {
    search(query: $text, types: [JOB], first: 5) {
      node {
        __typename
        id
        ... on Job {
          title
        }
      }
    }
  }
`);

export const AddJob = graphql(`
  mutation AddJob($input: CreateJobInput!) {
    createJob(input: $input) {
      job {
        id
        title
        status
        version
      }
      userErrors {
        code
        message
        path
      }
    }
  }
`);

export const EditJob = graphql(`
  mutation EditJob($input: UpdateJobInput!) {
    updateJob(input: $input) {
      job {
        id
        title
        version
      }
      userErrors {
        code
        ... on StaleVersionError {
          currentVersion
        }
      }
    }
  }
`);

export const Apply = graphql(`
  mutation Apply($input: SubmitApplicationInput!) {
    submitApplication(input: $input) {
      application {
        id
        status
        version
        responseCount
        job {
          id
          title
          status
        }
      }
      userErrors {
        code
        message
      }
    }
  }
`);

export const MoveCard = graphql(`
  mutation MoveCard($input: ChangeApplicationStatusInput!) {
    changeApplicationStatus(input: $input) {
      application {
        id
        status
        version
      }
      changes {
        id
        entity
      }
      userErrors {
        code
        message
      }
    }
  }
`);

export const Answered = graphql(`
  mutation Answered($input: RecordEmployerResponseInput!) {
    recordEmployerResponse(input: $input) {
      employerResponse {
        id
        responseType
      }
      proposedStatus
      application {
        id
        status
        version
        responseCount
      }
      userErrors {
        code
        message
      }
    }
  }
`);

export const Label = graphql(`
  mutation Label($input: AddTagsInput!) {
    addTags(input: $input) {
      count
      userErrors {
        code
        message
      }
    }
  }
`);

export const TakeBack = graphql(`
  mutation TakeBack($input: UndoChangesInput!) {
    undoChanges(input: $input) {
      undoneChanges {
        id
        entity
        node {
          __typename
          id
          ... on Application {
            status
            version
          }
        }
      }
      userErrors {
        code
        message
      }
    }
  }
`);

export const RemoveJob = graphql(`
  mutation RemoveJob($input: DeleteJobInput!) {
    deleteJob(input: $input) {
      change {
        id
        entityId
      }
      userErrors {
        code
        message
      }
    }
  }
`);

// tsc must detect these: an unknown field, a wrong type of a variable, and an unknown value of an enum.
// @ts-expect-error there is no field of this name
export const unknownField = (data: ResultOf<typeof JobDetail>) => data.job?.titel;
// @ts-expect-error an id is a string
export const wrongId: VariablesOf<typeof JobDetail> = { id: 5 };
// @ts-expect-error there is no such status
export const wrongStatus: VariablesOf<typeof MoveCard>["input"]["status"] = "Rejected";
