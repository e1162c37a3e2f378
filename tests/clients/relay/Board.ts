// The twelve operations of operations/evening.graphql for the Relay compiler; Board.program.ts runs what it makes of them.
import { graphql } from "relay-runtime";

graphql`
  query BoardBoardQuery($first: Int!) {
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
`;

graphql`
  query BoardJobsPageQuery($first: Int!, $after: String) {
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
`;

graphql`
  query BoardJobDetailQuery($id: ID!) {
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
`;

graphql`
  query BoardFoundQuery($text: String!) {
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
`;

graphql`
  mutation BoardAddJobMutation($input: CreateJobInput!) {
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
`;

graphql`
  mutation BoardEditJobMutation($input: UpdateJobInput!) {
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
`;

graphql`
  mutation BoardApplyMutation($input: SubmitApplicationInput!) {
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
`;

graphql`
  mutation BoardMoveCardMutation($input: ChangeApplicationStatusInput!) {
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
`;

graphql`
  mutation BoardAnsweredMutation($input: RecordEmployerResponseInput!) {
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
`;

graphql`
  mutation BoardLabelMutation($input: AddTagsInput!) {
    addTags(input: $input) {
      count
      userErrors {
        code
        message
      }
    }
  }
`;

graphql`
  mutation BoardTakeBackMutation($input: UndoChangesInput!) {
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
`;

graphql`
  mutation BoardRemoveJobMutation($input: DeleteJobInput!) {
    deleteJob(input: $input) {
      change {
        id
        entityId @deleteRecord
      }
      userErrors {
        code
        message
      }
    }
  }
`;

// A list that the page keeps: its edge of a deleted job has no node.
graphql`
  query BoardListQuery {
    jobs(first: 100, orderBy: [{ field: TITLE }]) @connection(key: "Board_jobs") {
      edges {
        node {
          id
          title
        }
      }
    }
  }
`;
