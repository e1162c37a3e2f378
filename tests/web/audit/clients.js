// Asks the server whose address is the argument through the clients that frontends use, as they come.
// Prints what each of them made of a query, of a document that the schema does not allow, and of a partial answer;
// and the requests that Apollo Client sends with its link for persisted queries.
import { createHash } from 'node:crypto';

import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
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

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const persisted = (link, useGETForHashedQueries) => new PersistedQueryLink({ sha256, useGETForHashedQueries }).concat(link);

/** What Apollo Client makes of the same query three times, and how it asked: method, and whether with the document. */
async function apolloPersisted(useGETForHashedQueries) {
  const requests = [];
  const recording = (address, options) => {
    const sent = options.body ?? new URL(address).searchParams.get('query') ?? '';
    requests.push(`${options.method} ${sent.includes('totalCount') ? 'document' : 'hash'}`);
    return fetch(address, options);
  };
  const link = persisted(new HttpLink({ uri: url, fetch: recording }), useGETForHashedQueries);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = gql(`query Persisted${useGETForHashedQueries} { jobs(first: 1) { totalCount } }`);
  const answers = [];
  for (let time = 0; time < 3; time++) {
    const { data, error } = await client.query({ query, fetchPolicy: 'no-cache', errorPolicy: 'all' });
    answers.push(said(data, error?.errors));
  }
  return { answers, requests };
}

async function apolloPersistedOverWebSocket() {
  const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
  const client = new ApolloClient({ link: persisted(new GraphQLWsLink(socket)), cache: new InMemoryCache() });
  const { data } = await client.query({ query: gql(GOOD), variables });
  await socket.dispose();
  return said(data);
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
results.persisted = {
  post: await apolloPersisted(false),
  get: await apolloPersisted(true),
  webSocket: await apolloPersistedOverWebSocket(),
};
console.log(JSON.stringify(results));
