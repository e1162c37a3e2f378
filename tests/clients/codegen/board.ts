// The board with the documents and types that graphql-codegen made of operations/evening.graphql.
import { evening, type Operations } from "../evening/evening";
import { endpointOfCommandLine, post } from "../post";
import * as documents from "./__generated__/graphql";

const endpoint = endpointOfCommandLine();

function operation<Result, Variables>(document: documents.TypedDocumentString<Result, Variables>) {
  return async (variables: Variables): Promise<Result> =>
    (await post(endpoint, { query: document.toString() }, variables)) as Result;
}

const board: Operations = {
  Board: operation(documents.BoardDocument),
  JobsPage: operation(documents.JobsPageDocument),
  JobDetail: operation(documents.JobDetailDocument),
  Found: operation(documents.FoundDocument),
  AddJob: operation(documents.AddJobDocument),
  EditJob: operation(documents.EditJobDocument),
  Apply: operation(documents.ApplyDocument),
  MoveCard: operation(documents.MoveCardDocument),
  Answered: operation(documents.AnsweredDocument),
  Label: operation(documents.LabelDocument),
  TakeBack: operation(documents.TakeBackDocument),
  RemoveJob: operation(documents.RemoveJobDocument),
};

async function main() {
  console.log(JSON.stringify({ evening: await evening(board) }));
}

void main();
