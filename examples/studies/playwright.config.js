// Starts the mock and the page, and runs four workers, each with its own session in one mock.

import { defineConfig } from "@playwright/test";
import { webServer } from "understudy-testing";

const mock = process.env.MOCK_URL ?? "http://127.0.0.1:8000";
const page = `http://127.0.0.1:${process.env.PAGE_PORT ?? 5173}`;

export default defineConfig({
  testDir: "tests",
  outputDir: process.env.OUTPUT ?? "test-results",
  fullyParallel: true,
  workers: 4,
  retries: 0,
  reporter: [["line"]],
  timeout: 60_000,
  expect: { timeout: 20_000 },
  use: {
    baseURL: page,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    },
  },
  webServer: [
    webServer({ url: mock, apis: ["participant-kit"] }),
    { command: "npx vite", url: page, reuseExistingServer: true },
  ],
});
