// What test runners need: one mock for a whole run, and a session for each test or worker.

"use strict";

const { Mock } = require("./mock.js");
const { findCommand, startMock } = require("./server.js");

/** The variable in which workers find the mock of the run. */
const ADDRESS = "UNDERSTUDY_URL";

/** The mock of this run: at the given address, or where the global setup started it. */
async function connected(url = process.env[ADDRESS]) {
  if (!url) {
    throw new Error(
      `No mock is known: set ${ADDRESS} to the address of a running one, give the option \`url\`, ` +
        "or start one with globalSetup (Vitest, Jest) or webServer (Playwright).",
    );
  }
  return Mock.connect(url);
}

/** A global setup of Vitest or Jest, which starts a mock; it returns its teardown, which Jest gets from globalTeardown. */
function globalSetup(options = {}) {
  return async () => {
    if (process.env[ADDRESS]) return () => {};
    const mock = await startMock(options);
    process.env[ADDRESS] = mock.root;
    globalThis.understudyTeardown = async () => {
      delete process.env[ADDRESS];
      delete globalThis.understudyTeardown;
      await mock.stop();
    };
    return globalThis.understudyTeardown;
  };
}

/** The global teardown of Jest. */
async function globalTeardown() {
  await globalThis.understudyTeardown?.();
}

/** An entry of Playwright's `webServer`. */
function webServer({ url = "http://127.0.0.1:8000", apis = [], args = [], command } = {}) {
  const words = [command ?? findCommand(), "serve", ...apis, "--port", new URL(url).port || "80", "--log", "off", ...args];
  return {
    command: words.map(quoted).join(" "),
    url: `${url.replace(/\/+$/, "")}/_mock/health`,
    reuseExistingServer: true,
  };
}

/** Fixtures for `test.extend` of Playwright or Vitest: `mock` has a session of its own in each test. */
function fixtures({ url, scenario } = {}) {
  return {
    // Runners read the names of what a fixture needs out of its first parameter.
    mock: async ({}, use, info) => {
      const mock = await (await connected(url)).newSession(info?.title, scenario);
      try {
        await use(mock);
      } finally {
        await mock.end();
      }
    },
  };
}

/** Fixtures for Playwright with one session for each worker, which begins anew with each test. */
function workerFixtures({ url, scenario = "" } = {}) {
  return {
    workerMock: [
      async ({}, use, info) => {
        const mock = await (await connected(url)).newSession(`worker-${info.workerIndex}`);
        try {
          await use(mock);
        } finally {
          await mock.end();
        }
      },
      { scope: "worker" },
    ],
    mock: async ({ workerMock }, use) => {
      await workerMock.control.scenario(scenario);
      await use(workerMock);
    },
  };
}

/** A mock whose session is new in each test, for runners with hooks: Jest, Vitest, Mocha, node:test. */
function sessionPerTest({ url, scenario, beforeEach = globalThis.beforeEach, afterEach = globalThis.afterEach } = {}) {
  if (!beforeEach || !afterEach) {
    throw new TypeError("Give the hooks of your runner: sessionPerTest({ beforeEach, afterEach }).");
  }
  let mock;
  beforeEach(async () => {
    mock ??= await connected(url);
    await mock.begin("test", scenario);
  });
  afterEach(async () => {
    await mock?.end();
  });
  return new Proxy(
    {},
    {
      get(_, name) {
        if (mock === undefined) throw new Error("The mock has a session only within a test.");
        const value = mock[name];
        return typeof value === "function" ? value.bind(mock) : value;
      },
    },
  );
}

/** Have the requests of a Playwright page or context to some origins answered by the mock, without a service worker. */
async function routeToMock(target, mock, origins) {
  for (const [origin, api] of Object.entries(origins)) {
    const base = new URL(origin);
    const below = base.pathname.replace(/\/$/, "");
    await target.route(
      (url) => url.origin === base.origin && (url.pathname === below || url.pathname.startsWith(`${below}/`)),
      async (route) => {
        const url = new URL(route.request().url());
        try {
          const response = await route.fetch({
            url: `${mock.url(api)}${url.pathname.slice(below.length)}${url.search}`,
            maxRedirects: 0,
          });
          await route.fulfill({ response });
        } catch {
          // The mock cut the connection on purpose, or the page is closed.
          await route.abort("connectionreset").catch(() => {});
        }
      },
    );
  }
}

function quoted(word) {
  return /^[\w@%+=:,./\\-]+$/.test(word) ? word : `"${word.replace(/(["$`])/g, "\\$1")}"`;
}

module.exports = { fixtures, globalSetup, globalTeardown, routeToMock, sessionPerTest, webServer, workerFixtures };
