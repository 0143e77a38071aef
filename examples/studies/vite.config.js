// The page at /, the mock behind /api: the browser sees one origin, as in production.

import { defineConfig } from "vite";

const mock = process.env.MOCK_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  server: {
    host: "127.0.0.1",
    port: Number(process.env.PAGE_PORT ?? 5173),
    strictPort: true,
    proxy: {
      // A prefix as plain text would take /api.js, too.
      "^/api/": {
        target: mock,
        rewrite: (path) => path.replace(/^\/api/, ""),
        // Otherwise the mock could not know that its links begin with /api.
        headers: { "X-Forwarded-Prefix": "/api" },
      },
    },
  },
});
