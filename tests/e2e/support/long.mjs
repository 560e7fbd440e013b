/** `npm run test:long` runs what takes long as well: tests that say `long`. */

export const LONG = process.env.LIFELINE_LONG !== undefined;
