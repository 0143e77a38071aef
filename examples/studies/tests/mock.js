// A session for each worker, reset before each test.

import { test as base } from "@playwright/test";

const MOCK = process.env.MOCK_URL ?? "http://127.0.0.1:8000";

class Mock {
  constructor(session) {
    this.session = session;
  }

  async control(method, path, body) {
    const reply = await fetch(`${MOCK}/_mock/${path}`, {
      method,
      headers: { "X-Mock-Session": this.session, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!reply.ok) throw new Error((await reply.json()).error.message);
    return reply.status === 204 ? null : reply.json();
  }

  force = (reply) => this.control("POST", "replies", reply);
  scenario = (name) => this.control("PUT", "scenario", { name });
  requests = async (query) => (await this.control("GET", `requests?${query}`)).requests;
}

export const test = base.extend({
  worker: [
    async ({}, use, info) => {
      const mock = new Mock(`worker-${info.workerIndex}-${process.pid}`);
      await mock.control("PUT", `sessions/${mock.session}`);
      await use(mock);
      await mock.control("DELETE", `sessions/${mock.session}`);
    },
    { scope: "worker" },
  ],
  mock: async ({ worker }, use) => {
    await worker.scenario("");
    await use(worker);
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
