// The board with Relay's runtime: its store holds each row once, and @deleteRecord removes one from every list.
import {
  Environment,
  Network,
  RecordSource,
  Store,
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  type ConcreteRequest,
  type MutationParameters,
  type OperationType,
} from "relay-runtime";

import { evening, type Operations } from "../evening/evening";
import { endpointOfCommandLine, post } from "../post";
import BoardBoardQuery, { type BoardBoardQuery as Board } from "./__generated__/BoardBoardQuery.graphql";
import BoardJobsPageQuery, { type BoardJobsPageQuery as JobsPage } from "./__generated__/BoardJobsPageQuery.graphql";
import BoardJobDetailQuery, { type BoardJobDetailQuery as JobDetail } from "./__generated__/BoardJobDetailQuery.graphql";
import BoardFoundQuery, { type BoardFoundQuery as Found } from "./__generated__/BoardFoundQuery.graphql";
import BoardAddJobMutation, { type BoardAddJobMutation as AddJob } from "./__generated__/BoardAddJobMutation.graphql";
import BoardEditJobMutation, { type BoardEditJobMutation as EditJob } from "./__generated__/BoardEditJobMutation.graphql";
import BoardApplyMutation, { type BoardApplyMutation as Apply } from "./__generated__/BoardApplyMutation.graphql";
import BoardMoveCardMutation, { type BoardMoveCardMutation as MoveCard } from "./__generated__/BoardMoveCardMutation.graphql";
import BoardAnsweredMutation, { type BoardAnsweredMutation as Answered } from "./__generated__/BoardAnsweredMutation.graphql";
import BoardLabelMutation, { type BoardLabelMutation as Label } from "./__generated__/BoardLabelMutation.graphql";
import BoardTakeBackMutation, { type BoardTakeBackMutation as TakeBack } from "./__generated__/BoardTakeBackMutation.graphql";
import BoardRemoveJobMutation, { type BoardRemoveJobMutation as RemoveJob } from "./__generated__/BoardRemoveJobMutation.graphql";
import BoardListQuery, { type BoardListQuery as List } from "./__generated__/BoardListQuery.graphql";

const endpoint = endpointOfCommandLine();
const environment = new Environment({
  network: Network.create(async ({ text }, variables) => ({ data: await post(endpoint, { query: text! }, variables) })),
  store: new Store(new RecordSource()),
});

function query<Q extends OperationType>(request: ConcreteRequest) {
  return async (variables: Q["variables"]): Promise<Q["response"]> => {
    environment.retain(createOperationDescriptor(request, variables));
    return (await fetchQuery<Q>(environment, request, variables).toPromise())!;
  };
}

function mutation<M extends MutationParameters>(request: ConcreteRequest) {
  return (variables: M["variables"]): Promise<M["response"]> =>
    new Promise((resolve, reject) => {
      commitMutation<M>(environment, {
        mutation: request,
        variables,
        onCompleted: (data, errors) => (errors ? reject(new Error(errors[0]?.message)) : resolve(data)),
        onError: reject,
      });
    });
}

const board: Operations = {
  Board: query<Board>(BoardBoardQuery),
  JobsPage: query<JobsPage>(BoardJobsPageQuery),
  JobDetail: query<JobDetail>(BoardJobDetailQuery),
  Found: query<Found>(BoardFoundQuery),
  AddJob: mutation<AddJob>(BoardAddJobMutation),
  EditJob: mutation<EditJob>(BoardEditJobMutation),
  Apply: mutation<Apply>(BoardApplyMutation),
  MoveCard: mutation<MoveCard>(BoardMoveCardMutation),
  Answered: mutation<Answered>(BoardAnsweredMutation),
  Label: mutation<Label>(BoardLabelMutation),
  TakeBack: mutation<TakeBack>(BoardTakeBackMutation),
  RemoveJob: mutation<RemoveJob>(BoardRemoveJobMutation),
};

/** Titles of the list in the store. */
function list(): (string | undefined)[] {
  const { data } = environment.lookup(createOperationDescriptor(BoardListQuery, {}).fragment);
  return (data as List["response"]).jobs.edges.map(({ node }) => node?.title);
}

async function main() {
  const { createJob } = await board.AddJob({ input: { title: "Zoologist", company: "Esche" } });
  await query<List>(BoardListQuery)({});
  const before = list().at(-1);
  await board.RemoveJob({ input: { id: createJob.job!.id } });
  const deleted = [before, list().at(-1) ?? null]; // the list was not read again
  console.log(JSON.stringify({ evening: await evening(board), deleted }));
}

void main();
