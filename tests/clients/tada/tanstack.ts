// The board with TanStack Query: each query under its variables' key, and mutations that invalidate what they change.
import { MutationObserver, QueryClient } from "@tanstack/query-core";
import type { TadaDocumentNode } from "gql.tada";
import { print } from "graphql";

import { evening, type Operations } from "../evening/evening";
import { endpointOfCommandLine, post } from "../post";
import * as operations from "./operations";

const endpoint = endpointOfCommandLine();
const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false } } });
const requests: Record<string, number> = {};

async function send<Data, Variables>(document: TadaDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
  const text = print(document);
  const name = /\w+ (\w+)/.exec(text)![1]!;
  requests[name] = (requests[name] ?? 0) + 1;
  return (await post(endpoint, { query: text }, variables)) as Data;
}

function query<Data, Variables>(name: string, document: TadaDocumentNode<Data, Variables>) {
  return (variables: Variables) =>
    client.fetchQuery({ queryKey: [name, variables], queryFn: () => send(document, variables) });
}

function mutation<Data, Variables>(document: TadaDocumentNode<Data, Variables>) {
  const observer = new MutationObserver<Data, Error, Variables>(client, {
    mutationFn: (variables) => send(document, variables),
    onSuccess: () => client.invalidateQueries(),
  });
  return (variables: Variables) => observer.mutate(variables);
}

const board: Operations = {
  Board: query("Board", operations.Board),
  JobsPage: query("JobsPage", operations.JobsPage),
  JobDetail: query("JobDetail", operations.JobDetail),
  Found: query("Found", operations.Found),
  AddJob: mutation(operations.AddJob),
  EditJob: mutation(operations.EditJob),
  Apply: mutation(operations.Apply),
  MoveCard: mutation(operations.MoveCard),
  Answered: mutation(operations.Answered),
  Label: mutation(operations.Label),
  TakeBack: mutation(operations.TakeBack),
  RemoveJob: mutation(operations.RemoveJob),
};

async function main() {
  console.log(JSON.stringify({ evening: await evening(board), requests }));
}

void main();
