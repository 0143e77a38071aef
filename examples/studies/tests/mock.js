// A session for each worker, which begins anew with each test.

import { test as base } from "@playwright/test";
import { workerFixtures } from "understudy-testing";

const MOCK = process.env.MOCK_URL ?? "http://127.0.0.1:8000";

export const test = base.extend({
  ...workerFixtures({ url: MOCK }),
  control: async ({ mock }, use) => {
    await use(mock.control);
  },
  // Opens the page in the worker's session: it calls the mock directly, from another origin, with credentials.
  open: async ({ page, mock }, use) => {
    await use(async (more = {}) => {
      const settings = new URLSearchParams({ api: MOCK, session: mock.session, ...more });
      await page.goto(`/?${settings}`);
    });
  },
});

export { expect } from "@playwright/test";
