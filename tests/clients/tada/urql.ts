// The board with urql's normalized cache, which knows the schema: what a mutation returns updates every list.
import { cacheExchange } from "@urql/exchange-graphcache";
import { Client, fetchExchange, type TypedDocumentNode } from "@urql/core";
import { readFileSync } from "node:fs";

import { evening, type Operations } from "../evening/evening";
import { endpointOfCommandLine } from "../post";
import * as operations from "./operations";

const warnings: string[] = [];
console.warn = (...words: unknown[]) => warnings.push(words.join(" "));
const requests: Record<string, number> = {};

const client = new Client({
  url: endpointOfCommandLine(),
  preferGetMethod: false,
  exchanges: [
    cacheExchange({
      schema: JSON.parse(readFileSync("tada/__generated__/introspection.json", "utf-8")),
      keys: { SearchHit: () => null }, // it has no id: each is a part of its list
      updates: {
        Mutation: {
          submitApplication: (_data, _variables, cache) => cache.invalidate("Query", "applications"),
          deleteJob: (data, _variables, cache) => {
            const { change } = data["deleteJob"] as { change: { entityId: string } | null };
            if (!change) return;
            cache.invalidate({ __typename: "Job", id: change.entityId });
            cache.invalidate("Query", "applications");
          },
        },
      },
    }),
    fetchExchange,
  ],
  fetch: (url, options) => {
    const { operationName } = JSON.parse(options!.body as string) as { operationName: string };
    requests[operationName] = (requests[operationName] ?? 0) + 1;
    return fetch(url, options);
  },
});

function query<Data, Variables extends object>(document: TypedDocumentNode<Data, Variables>) {
  return async (variables: Variables): Promise<Data> => {
    const { data, error } = await client.query(document, variables).toPromise();
    if (error || !data) throw error ?? new Error("no data");
    return data;
  };
}

function mutation<Data, Variables extends object>(document: TypedDocumentNode<Data, Variables>) {
  return async (variables: Variables): Promise<Data> => {
    const { data, error } = await client.mutation(document, variables).toPromise();
    if (error || !data) throw error ?? new Error("no data");
    return data;
  };
}

const board: Operations = {
  Board: query(operations.Board),
  JobsPage: query(operations.JobsPage),
  JobDetail: query(operations.JobDetail),
  Found: query(operations.Found),
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
  console.log(JSON.stringify({ evening: await evening(board), requests, warnings }));
}

void main();
