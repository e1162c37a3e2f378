// Asks the server whose address is the argument through the clients that frontends use, as they come.
// Prints what each of them made of a query, of a document that the schema does not allow, and of a partial answer.
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { Client, fetchExchange } from '@urql/core';
import { GraphQLClient } from 'graphql-request';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const url = process.argv[2];
const GOOD = 'query Jobs($first: Int) { jobs(first: $first) { nodes { title } } }';
const WRONG = '{ jobs { nodes { titel } } }';
const PARTIAL = '{ jobs(first: 1) { totalCount } job(by: { id: "x" }) { title } }';
const variables = { first: 1 };

// Apollo's cache adds __typename to every selection.
const plain = (data) => data && JSON.parse(JSON.stringify(data, (key, value) => (key === '__typename' ? undefined : value)));
const said = (data, errors) => ({ data: plain(data) ?? null, errors: (errors ?? []).map((error) => error.message) });

async function urql(query, preferGetMethod) {
  const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod });
  const { data, error } = await client.query(query, variables).toPromise();
  return said(data, error?.graphQLErrors);
}

async function apollo(query) {
  const client = new ApolloClient({ link: new HttpLink({ uri: url }), cache: new InMemoryCache() });
  const { data, error } = await client.query({ query: gql(query), variables, errorPolicy: 'all' });
  return said(data, error?.errors);
}

async function graphqlRequest(query) {
  try {
    return said(await new GraphQLClient(url).request(query, variables));
  } catch (error) {
    return said(error.response.data, error.response.errors);
  }
}

async function graphqlWs(query) {
  const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
  try {
    for await (const { data, errors } of client.iterate({ query, variables })) return said(data, errors);
  } catch (errors) {
    return said(null, errors);
  } finally {
    await client.dispose();
  }
}

const clients = {
  apollo,
  graphqlRequest,
  graphqlWs,
  urqlOverGet: (query) => urql(query, true),
  urqlOverPost: (query) => urql(query, false),
};
const results = {};
for (const [name, ask] of Object.entries(clients)) {
  results[name] = [await ask(GOOD), await ask(WRONG), await ask(PARTIAL)];
}
console.log(JSON.stringify(results));
