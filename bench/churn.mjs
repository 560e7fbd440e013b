/** What subscriptions leave behind that are disposed of at their first result. */

const CYCLES = 40_000;
const QUICK_CYCLES = 2_000;
const WARM_UP = 4_000;
const CLIENTS = ['lifeline', 'graphql-sse'];

/** By client: bytes of heap that each subscribe and dispose leaves behind, in so many, and what WebAssembly's memory has grown by. */
export async function measureChurn(field, { quick, note }) {
  const cycles = quick ? QUICK_CYCLES : CYCLES;
  const measured = {};
  for (const name of CLIENTS) {
    note(`${cycles} times subscribe and dispose, ${name}`);
    await field.drop(name);
    const client = await field.client(name);
    await client.run('churn', { cycles: quick ? QUICK_CYCLES : WARM_UP });
    const before = await client.memory();
    await client.run('churn', { cycles });
    const after = await client.memory();
    measured[name] = { cycles, bytes: (after.heap - before.heap) / cycles, wasm: after.wasm - before.wasm };
  }
  return measured;
}
