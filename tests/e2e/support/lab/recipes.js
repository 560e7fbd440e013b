/** Functions cannot be sent into a page: tests name them in their options, and here they are. */

const HISTORY = 'query ($after: Int!) { history(last: 1000, after: $after) { id text } }';
const PAGE = 1000;

const BACKFILLS = {
  /** Everything behind the last key, page by page, as the README of the server has it. */
  async history(gap, { execute }) {
    const found = [];
    for (;;) {
      const after = found.at(-1)?.id ?? Number(gap.lastKey ?? 0);
      const { data, errors } = await execute({ query: HISTORY, variables: { after } });
      if (errors) throw new Error(errors[0].message);
      found.push(...data.history);
      if (data.history.length < PAGE) return found.map((messages) => ({ data: { messages } }));
    }
  },
  failing: () => Promise.reject(new Error('the history is gone')),
};

const PROBES = {
  /** Has everything come that the server has? */
  latest: (self) => async () => {
    const { data } = await self.client.execute({ query: '{ latest }' });
    return data.latest <= self.newest;
  },
};

/** A server's token, asked for when there is none, and when the server does not want it any more. */
function tokens({ url }, self) {
  self.reasons = [];
  let token;
  const ask = async () => {
    const response = await fetch(new URL('/token', url));
    return (await response.json()).token;
  };
  return ({ reason }) => {
    self.reasons.push(reason);
    if (reason === 'unauthorized') token = undefined;
    return (token ??= ask());
  };
}

const HEADERS = {
  token: (token) => async (request, why) => ({ authorization: `Bearer ${await token(why)}` }),
};
const PARAMS = {
  token: (token) => async (why) => ({ token: await token(why) }),
};

/** Options with functions in place of their names. `self` gets `client` and `newest` later. */
export function furnished(options, self) {
  const { continuity, headers, stall, websocket } = options;
  const token = tokens(options, self);
  return {
    ...options,
    ...(headers in HEADERS && { headers: HEADERS[headers](token) }),
    ...(websocket?.connectionParams in PARAMS && { websocket: { ...websocket, connectionParams: PARAMS[websocket.connectionParams](token) } }),
    ...(continuity?.backfill && { continuity: { ...continuity, backfill: BACKFILLS[continuity.backfill] } }),
    ...(stall?.probe && { stall: { ...stall, probe: PROBES[stall.probe](self) } }),
  };
}
