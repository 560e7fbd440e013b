import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
/** Where the demo server runs, for `vite` as a development server. */
const server = process.env.LIFELINE_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: here('.'),
  base: './',
  resolve: { alias: { 'graphql-lifeline': here('../dist/index.js') } },
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    target: 'es2022',
    // The page begins with one script: there is nothing to preload.
    modulePreload: false,
  },
  server: {
    // The package lies beside the page's root.
    fs: { allow: [here('..')] },
    proxy: Object.fromEntries(['/graphql', '/faults', '/stats'].map((path) => [path, { target: server }])),
  },
});
