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

const { isArray } = Array;

const isOpen = (value) => typeof value === 'object' && value !== null;

const add = (list, items) => {
  for (const item of items) list.push(item);
};

/** Puts a part to what is under way in `state`. The result, if it is to be delivered, is `state.result`. */
export function patch(state, part, limit, grows) {
  const { data, path, errors, hasNext } = part;
  const isFirst = !path && (data !== undefined || (!state.put && errors));
  if (isFirst) state.put = assembly(data === undefined ? {} : { data });
  let fact = BAD;
  state.result = undefined;
  try {
    fact = state.put(state, part, limit, hasNext, grows);
  } catch {}
  return fact + (isFirst ? FIRST : 0) + (hasNext ? MORE : 0);
}

/** What puts parts to this; it throws if one does not fit. */
function assembly(root) {
  /** Paths by their ids, and the last one without. */
  const paths = new Map();
  /** Objects and lists that nobody else has. */
  let own = new Set();
  let size = 0;
  let copied = 0;

  return (state, part, limit, more, grows) => {
    // no more is kept than has come
    size += JSON.stringify(part).length;
    if (size > limit) return LARGE;
    for (const piece of [part.pending, part, part.incremental, part.completed].flat()) if (piece) apply(piece);
    if (!more) state.result = root;
    else if (grows && copied < COPIES) {
      state.result = { ...root, hasNext: true };
      own = new Set();
    }
    return 0;
  };

  function apply({ id, path, subPath, data, items, errors, extensions }) {
    if (path) paths.set(id, path);
    if (errors?.length) {
      root.errors = root.errors ?? [];
      add(open(root, 'errors'), errors);
    }
    if (extensions) put(root, 'extensions', extensions);
    // the first part's is there
    if ((items ?? data ?? root.data) === root.data) return;
    const steps = [...paths.get(id), ...(subPath ?? [])];
    if (steps.length > DEPTH) throw 0;
    let parent = root;
    let key = 'data';
    for (const step of steps) {
      parent = open(parent, key);
      key = step;
    }
    // an id stands for a list, a path for the next place in one
    if (items && !path) {
      parent = open(parent, key);
      key = parent.length;
    }
    if (isArray(parent) && key === parent.length) return add(parent, items ?? [data]);
    if (items) throw 0;
    open(parent, key);
    put(parent, key, data);
  }

  /** What stands there. Never what every object has there. */
  function at(parent, key) {
    // `==`, since a list of one name stands for that name
    if (key == '__proto__') throw 0;
    return parent[key];
  }

  /** The object or list that stands there, as one's own. */
  function open(parent, key) {
    const value = at(parent, key);
    if (!isOpen(value)) throw 0;
    if (own.has(value)) return value;
    const copy = isArray(value) ? [...value] : { ...value };
    copied += (isArray(value) ? value : Object.keys(value)).length;
    own.add(copy);
    return (parent[key] = copy);
  }

  /** Puts a value there, into what there is. */
  function put(parent, key, value) {
    const old = at(parent, key);
    if (isOpen(old) && isOpen(value) && isArray(old) === isArray(value)) {
      const into = open(parent, key);
      for (const name of Object.keys(value)) put(into, name, value[name]);
    } else parent[key] = value;
  }
}
