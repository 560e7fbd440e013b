/** Results that come in parts, `@defer` and `@stream`, put together. Nothing here throws, or trusts a server. */

// What `patch` says, as a sum; `fact` in src/payload.rs has the same.
const FIRST = 1;
const MORE = 2;
const BAD = 4;
const LARGE = 8;

/** A path has no more steps than this. */
const DEPTH = 128;

/** As many places of objects and lists are copied, so that what was handed out does not change; behind that it grows unseen. */
const COPIES = 1 << 24;

const isOpen = (value) => typeof value === 'object' && value !== null;

const add = (list, items) => {
  for (const item of items) list.push(item);
};

/** Puts a part to what is under way in `state`. The result, if it is to be delivered, is `state.result`. */
export function patch(state, part, limit, grows) {
  let { root } = state;
  let facts = part.hasNext === true ? MORE : 0;
  if (!part.path && (part.data !== undefined || (!root && part.errors))) {
    facts += FIRST;
    root = part.data === undefined ? {} : { data: part.data };
    Object.assign(state, { root, own: new Set(), pending: new Map(), size: 0, copied: 0 });
  }
  try {
    // no more is kept than has come
    state.size += JSON.stringify(part).length;
    if (state.size > limit) return facts + LARGE;
    for (const { id, path } of part.pending ?? []) state.pending.set(id, path);
    const completed = part.completed ?? [];
    for (const piece of [part, ...(part.incremental ?? []), ...completed]) apply(state, root, piece);
    for (const { id } of completed) if (!state.pending.delete(id)) throw 0;
  } catch {
    return facts + BAD;
  }
  state.result = facts < MORE ? root : undefined;
  if (grows && facts >= MORE && state.copied < COPIES) {
    state.result = { ...root, hasNext: true };
    state.own = new Set();
  }
  return facts;
}

function apply(state, root, { id, path, subPath, data, items, errors, extensions }) {
  if (errors?.length) {
    root.errors = root.errors ?? [];
    add(open(state, root, 'errors'), errors);
  }
  if (extensions) put(state, root, 'extensions', extensions);
  // the first part's is there
  if ((data === root.data || data === undefined) && !items) return;
  const steps = id == null ? path ?? [] : [...state.pending.get(id), ...(subPath ?? [])];
  if (steps.length > DEPTH) throw 0;
  let parent = root;
  let key = 'data';
  for (const step of steps) {
    parent = open(state, parent, key);
    key = step;
  }
  // an id stands for a list, a path for the next place in one
  if (items && id != null) {
    parent = open(state, parent, key);
    key = parent.length;
  }
  if (Array.isArray(parent) && key === parent.length) add(parent, items ?? [data]);
  else if (items) throw 0;
  else if (data !== null) {
    open(state, parent, key);
    put(state, parent, key, data);
  }
}

/** What stands there. Never what every object has there. */
function at(parent, key) {
  // `==`, since a list of one name stands for that name
  if (key == '__proto__') throw 0;
  return parent[key];
}

/** The object or list that stands there, and that nobody else has. */
function open(state, parent, key) {
  const value = at(parent, key);
  if (!isOpen(value)) throw 0;
  if (state.own.has(value)) return value;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  state.copied += (Array.isArray(value) ? value : Object.keys(value)).length;
  state.own.add(copy);
  return (parent[key] = copy);
}

/** Puts a value there, into what there is. */
function put(state, parent, key, value) {
  const old = at(parent, key);
  if (isOpen(old) && isOpen(value) && Array.isArray(old) === Array.isArray(value)) {
    const into = open(state, parent, key);
    for (const name of Object.keys(value)) put(state, into, name, value[name]);
  } else parent[key] = value;
}
