/** Waits for all, then fails as the first one did: a failure must not cut another installation short. */
export async function together(...works) {
  const results = await Promise.allSettled(works);
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
}
