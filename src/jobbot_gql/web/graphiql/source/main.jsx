import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import 'graphiql/graphiql.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import './style.css';

import { createGraphiQLFetcher, createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

// The endpoint answers this page at its own address, so that a path prefix set by a proxy needs no configuration.
const endpoint = location.origin + location.pathname;

const fetcher = createGraphiQLFetcher({
  url: endpoint,
  subscriptionUrl: endpoint.replace(/^http/, 'ws'),
});

// All that is ever served on 127.0.0.1:8000 shares one localStorage; another project's tabs must not hide the examples.
const storage = createLocalStorage({ namespace: 'jobbot-gql' });

// shouldPersistHeaders={false} covers the tabs only: the history would keep each request's headers, tokens included.
const { setItem } = storage;
const withoutHeaders = (history) => JSON.stringify(history, (key, value) => (key === 'headers' ? undefined : value));
storage.setItem = (key, value) =>
  setItem(key, /:(queries|favorites)$/.test(key) ? withoutHeaders(JSON.parse(value)) : value);

const operations = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });
const variables = import.meta.glob('./examples/*.variables.json', { query: '?raw', import: 'default', eager: true });
const examples = Object.keys(operations)
  .sort()
  .map((path) => ({
    query: operations[path].trim(),
    variables: variables[path.replace('.graphql', '.variables.json')]?.trim(),
  }));

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    defaultTabs={examples}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>jobbot-gql</GraphiQL.Logo>
  </GraphiQL>,
);
