import { defineConfig } from "vitest/config";

export default defineConfig({
  root: import.meta.dirname,
  test: { globalSetup: "./global-setup.mjs", cache: false },
});
