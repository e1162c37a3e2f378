interface Answer {
  data: Record<string, unknown> | null;
  errors?: { message: string }[];
}

/** A document's text, or the name of a persisted one under the parameter that the server is to find it by. */
export type Asked = { query: string } | { documentId: string } | { doc_id: string };

/** Sends one operation to a GraphQL endpoint and gives back its data; throws if there is any error. */
export async function post(endpoint: string, asked: Asked, variables: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json, application/json" },
    body: JSON.stringify({ ...asked, variables }),
  });
  const { data, errors } = (await response.json()) as Answer;
  if (errors || !data) throw new Error(errors?.map((error) => error.message).join("\n") ?? "no data");
  return data;
}

/** The endpoint named on the command line. */
export function endpointOfCommandLine(): string {
  const endpoint = process.argv[2];
  if (endpoint === undefined) throw new Error("usage: node program.js http://127.0.0.1:8000/graphql");
  return endpoint;
}
