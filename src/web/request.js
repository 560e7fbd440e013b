/** A GraphQL request as it is sent: as a body, and as the parameters of a URL. */

/** What is wanted; `Want` in src/response.rs has the same order, behind the event stream. */
export const JSON_ANSWER = 1;
export const RESERVED = 2;
export const ACCEPTED = 3;

const text = (value) => (typeof value === 'string' ? value : undefined);

/** GraphQL over HTTP: `query`, `operationName`, `variables` and `extensions`, the last two as JSON. */
function search({ query, operationName, variables, extensions }) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ query, operationName, variables, extensions })) {
    if (value != null && value !== '') parameters.set(name, text(value) ?? JSON.stringify(value));
  }
  return String(parameters);
}

/** `request` as the application gave it, and `sent` in its place. Throws what JSON.stringify throws. */
export const encode = (request, sent, get) => ({ request, sent, body: JSON.stringify(sent), parameters: get ? search(sent) : '' });

/** PROTOCOL.md, Segments: asks for slices of so many bytes at most, if there is a number. */
export function inSegments(request, most) {
  if (!most) return request;
  const { extensions } = request;
  const { lifeline } = extensions ?? {};
  return { ...request, extensions: { ...extensions, lifeline: { ...lifeline, maxSegmentBytes: Math.min(most, lifeline?.maxSegmentBytes ?? most) } } };
}

/** The parameters go behind those that are there, before a fragment. */
export function withSearch(url, parameters) {
  const [base, ...fragment] = url.split('#');
  const joint = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&';
  return [base + joint + parameters, ...fragment].join('#');
}
