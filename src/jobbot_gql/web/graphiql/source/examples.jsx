import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';

const operations = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });
const variables = import.meta.glob('./examples/*.variables.json', { query: '?raw', import: 'default', eager: true });

export const examples = Object.keys(operations)
  .sort()
  .map((path) => ({
    query: operations[path].trim(),
    variables: variables[path.replace('.graphql', '.variables.json')]?.trim(),
  }));

const comment = ({ query }) =>
  [...query.matchAll(/^# ?(.*)$/gm)]
    .map(([, line]) => line)
    .join(' ')
    .replace(/(\.) .*/, '$1');
const nameOf = ({ query }) => query.match(/^(?:query|mutation) (\w+)/m)[1];

const Icon = () => (
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
    <path d="M4 5h16M4 12h16M4 19h10" strokeLinecap="round" />
  </svg>
);

function Examples() {
  const { addTab, setVisiblePlugin } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const open = ({ query, variables }) => {
    addTab();
    queryEditor.setValue(query);
    variableEditor.setValue(variables ?? '');
  };
  return (
    <nav className="jobbot-examples" aria-label="Examples">
      <div className="jobbot-examples-title">Examples</div>
      <ul>
        {examples.map((example) => (
          <li key={nameOf(example)}>
            <button type="button" onClick={() => open(example)}>
              {nameOf(example)}
            </button>
            <p>{comment(example)}</p>
          </li>
        ))}
      </ul>
      <div className="jobbot-examples-title">Reference</div>
      <p>
        <button type="button" onClick={() => setVisiblePlugin('Documentation Explorer')}>
          Documentation of all types and fields
        </button>
      </p>
      <p>
        <a href="./graphql/schema.graphql" target="_blank" rel="noreferrer">
          schema.graphql
        </a>
      </p>
    </nav>
  );
}

export const EXAMPLES_PLUGIN = { title: 'Examples', icon: Icon, content: Examples };
