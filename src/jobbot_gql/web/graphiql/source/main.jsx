import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import 'graphiql/graphiql.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import './style.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { createGraphiQLFetcher, createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { EXAMPLES_PLUGIN, examples } from './examples.jsx';
import { ready, withToken } from './token.js';

/** How many examples have a tab at first; all are in the menu. */
const OPENED = 3;

// The endpoint answers this page at its own address, so that a path prefix set by a proxy needs no configuration.
const endpoint = location.origin + location.pathname;

const fetcher = withToken(
  createGraphiQLFetcher({
    url: endpoint,
    subscriptionUrl: endpoint.replace(/^http/, 'ws'),
  }),
);

// All that is ever served on 127.0.0.1:8000 shares one localStorage; another project's tabs must not hide the examples.
const storage = createLocalStorage({ namespace: 'jobbot-gql' });

// shouldPersistHeaders={false} covers the tabs only: the history would keep each request's headers, tokens included.
const { setItem } = storage;
const withoutHeaders = (history) => JSON.stringify(history, (key, value) => (key === 'headers' ? undefined : value));
storage.setItem = (key, value) =>
  setItem(key, /:(queries|favorites)$/.test(key) ? withoutHeaders(JSON.parse(value)) : value);

const plugins = [EXAMPLES_PLUGIN, HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

await ready;
createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    defaultTabs={examples.slice(0, OPENED)}
    plugins={plugins}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
    inputValueDeprecation
    schemaDescription
  >
    <GraphiQL.Logo>jobbot-gql</GraphiQL.Logo>
  </GraphiQL>,
);
