// A token that is entered in the headers of one tab holds for all tabs of GraphiQL, and for all pages of it that are open
// in this browser, until the last of them is closed. It is never written to localStorage.
const KEY = 'jobbot-gql:authorization';
const REPLY_MS = 100;
const channel = new BroadcastChannel('jobbot-gql');
let known = sessionStorage.getItem(KEY);

const keep = (value) => {
  known = value || null;
  if (known) sessionStorage.setItem(KEY, known);
  else sessionStorage.removeItem(KEY);
};

/** Settles when the other open pages have had the time to tell their token. */
export const ready = new Promise((resolve) => {
  channel.onmessage = ({ data }) => {
    if (data !== 'ask') keep(data.authorization);
    else if (known) channel.postMessage({ authorization: known });
    if (known) resolve();
  };
  if (known) resolve();
  else channel.postMessage('ask');
  setTimeout(resolve, REPLY_MS);
});

/** A fetcher that sends the token with every operation. An Authorization header replaces it; an empty one forgets it. */
export const withToken = (fetcher) => (params, options) => {
  const { Authorization, authorization = Authorization, ...headers } = options?.headers ?? {};
  if (authorization !== undefined && (authorization || null) !== known) {
    keep(authorization);
    channel.postMessage({ authorization: known });
  }
  return fetcher(params, { ...options, headers: known ? { ...headers, Authorization: known } : headers });
};
