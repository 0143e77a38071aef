// The helper against a real mock.

"use strict";

const assert = require("node:assert/strict");
const { after, afterEach, before, beforeEach, describe, it } = require("node:test");

const { Mock, redirect, sessionPerTest, startMock } = require("understudy-testing");

let server;

before(async () => {
  server = await startMock({ apis: ["participant-kit", "consent-kit"] });
});

after(() => server?.stop());

/** A request to Participant Kit in the session of a mock. */
function ask(mock, path, options = {}) {
  return fetch(`${mock.url("participant-kit")}${path}`, {
    ...options,
    headers: { ...mock.headers("participant-kit"), "Content-Type": "application/json" },
  });
}

describe("a mock", () => {
  let mock;

  beforeEach(async (context) => {
    mock = await server.newSession(context.name);
  });

  afterEach(() => mock.end());

  it("has its own records in each session", async () => {
    const other = await server.newSession("other");
    const studies = mock.control.records("participant-kit", "study");
    const before = await studies.count();

    await studies.remove((await studies.list())[0].id);

    assert.equal(await studies.count(), before - 1);
    assert.equal(await other.control.records("participant-kit", "study").count(), before);
    await other.end();
  });

  it("has addresses that lead into the session without a header", async () => {
    await fetch(`${mock.url("participant-kit")}/v1/panels`);

    assert.equal((await mock.control.requests({ operation: "list_panels", status: "401" })).length, 1);
  });

  it("begins in a scenario", async () => {
    const empty = await server.newSession("empty", "empty");

    assert.deepEqual((await (await ask(empty, "/v1/studies")).json()).data, []);
    await empty.end();
  });

  it("has the headers that the document wants", () => {
    const headers = (credential) => {
      const tokens = [{ role: "default", token: "t", credential }];
      return new Mock("http://127.0.0.1", "", new Map([["own", { name: "own", tokens }]])).headers();
    };

    assert.deepEqual(headers({ in: "header", name: "X-Key", value: "t" }), { "X-Key": "t" });
    assert.deepEqual(headers({ in: "cookie", name: "key", value: "t" }), { Cookie: "key=t" });
    assert.deepEqual(headers({ in: "query", name: "key", value: "t" }), {});
  });

  it("names the roles and APIs that there are", () => {
    assert.throws(() => mock.token("consent-kit", "admin"), /no role 'admin' in consent-kit\. The roles are 'default', 'other'/);
    assert.throws(() => mock.url("consent"), /no API 'consent' here\. The APIs are participant-kit, consent-kit/);
    assert.throws(() => mock.url(), /several APIs; name one/);
  });

  it("leaves nothing when its session ends", async () => {
    const brief = await server.newSession("brief");
    await brief.end();
    await brief.end();

    const { sessions } = await server.control.call("GET", "sessions");
    assert.ok(!sessions.some((each) => each.name === brief.session));
  });

  it("forces replies, delays them, and lets some fail", async () => {
    await mock.control.force({ api: "participant-kit", operation: "list_studies", status: 503 });
    assert.equal((await ask(mock, "/v1/studies")).status, 503);
    assert.equal((await ask(mock, "/v1/studies")).status, 200);

    await mock.control.network({ failure_rate: 1, failure_status: 502 });
    await mock.control.latency(0.01);
    assert.equal((await ask(mock, "/v1/studies")).status, 502);
    assert.equal((await mock.control.call("GET", "network")).latency, 0.01);
  });

  it("has a clock", async () => {
    const { clock } = mock.control;

    assert.equal((await clock.freeze("2025-06-01T12:00:00Z")).toISOString(), "2025-06-01T12:00:00.000Z");
    assert.equal((await clock.advance(90)).toISOString(), "2025-06-01T12:01:30.000Z");
    assert.equal((await clock.now()).getUTCFullYear(), 2025);
    assert.ok((await clock.resume()).getUTCFullYear() > 2025);
  });

  it("goes back to a snapshot", async () => {
    const studies = mock.control.records("participant-kit", "study");
    const [first] = await studies.list();
    await mock.control.snapshot("before it");
    await studies.change(first.id, { name: "Changed" });
    assert.equal((await studies.get(first.id)).name, "Changed");

    await mock.control.restore("before it");

    assert.equal((await studies.get(first.id)).name, first.name);
  });

  it("makes and replaces records", async () => {
    const studies = mock.control.records("participant-kit", "study");
    const [{ project_id }] = await studies.list();

    const made = await studies.make({ name: "Made", project_id });
    const put = await studies.put(made.id, { ...made, name: "Put" });

    assert.deepEqual([made.name, put.name, put.id], ["Made", "Put", made.id]);
  });

  it("says what it refuses", async () => {
    await assert.rejects(mock.control.force({ operation: "creat_study", status: 503 }), {
      name: "UnderstudyError",
      status: 400,
      message: /no operation 'creat_study'/,
    });
  });

  it("returns a request that is expected, and waits for one that is still to come", async () => {
    const late = new Promise((resolve) => setTimeout(resolve, 100)).then(() => ask(mock, "/v1/panels"));

    const request = await mock.control.expectRequest({ operation: "list_panels" }, { timeout: 20_000 });

    assert.equal(request.status, 200);
    await late;
    await mock.control.expectNoRequest({ method: "DELETE" });
  });

  it("shows where the closest request differs", async () => {
    await ask(mock, "/v1/studies", { method: "POST", body: JSON.stringify({ name: "Diary" }) });
    const expected = { method: "POST", status: 201, request_body: { name: "Diary study" } };

    await assert.rejects(mock.control.expectRequest(expected, { timeout: 0 }), (error) => {
      assert.equal(
        error.message,
        [
          "No request fits. The closest is POST /participant-kit/v1/studies 400:",
          "  status: expected 201, was 400",
          '  body.name: expected "Diary study", was "Diary"',
        ].join("\n"),
      );
      assert.match(error.stack, /mock\.test\.js/);
      return true;
    });
    await assert.rejects(mock.control.expectNoRequest({ method: "POST" }), /1 request fits, expected 0/);
    await assert.rejects(mock.control.expectRequest({ times: 0 }), /use expectNoRequest/);
  });

  it("does not need fetch, which a test may replace", async () => {
    const { fetch } = globalThis;
    globalThis.fetch = undefined;
    try {
      assert.equal((await mock.control.requests()).length, 0);
    } finally {
      globalThis.fetch = fetch;
    }
  });
});

describe("redirected requests", () => {
  it("reach the mock until they are undone", async () => {
    const mock = await server.newSession("redirected");
    const undo = redirect({ "https://api.example.invalid/pk": mock.url("participant-kit") });
    try {
      const headers = { ...mock.headers("participant-kit"), "Content-Type": "application/json" };
      const listed = await fetch("https://api.example.invalid/pk/v1/studies?limit=1", { headers });
      const body = JSON.stringify({ name: "Redirected" });
      const posted = await fetch(new Request("https://api.example.invalid/pk/v1/studies", { method: "POST", body, headers }));

      assert.deepEqual([listed.status, posted.status], [200, 400]);
      await mock.control.expectRequest({ request_body: { name: "Redirected" } });
    } finally {
      undo();
    }
    await assert.rejects(fetch("https://api.example.invalid/pk/v1/studies"));
    await mock.end();
  });

  it("leave alone what only begins alike", async () => {
    const seen = [];
    const target = { fetch: async (address) => seen.push(address), location: { href: "https://page.example/app/" } };
    redirect({ "https://page.example/api": "http://mock" }, target);

    for (const address of ["/api", "/api/a?b", "/api?c", "/apiary", "../api/d", "https://elsewhere.example/api"]) {
      await target.fetch(address);
    }

    assert.deepEqual(seen, ["http://mock", "http://mock/a?b", "http://mock?c", "/apiary", "http://mock/d", "https://elsewhere.example/api"]);
  });

  it("are those of XMLHttpRequest, too", () => {
    const opened = [];
    class XMLHttpRequest {
      open(...words) {
        opened.push(words);
      }
    }
    const undo = redirect({ "https://api.example": "http://mock" }, { XMLHttpRequest });

    new XMLHttpRequest().open("GET", "https://api.example/a", true);
    undo();
    new XMLHttpRequest().open("GET", "https://api.example/a");

    assert.deepEqual(opened, [["GET", "http://mock/a", true], ["GET", "https://api.example/a"]]);
  });
});

describe("a session per test", () => {
  const seen = new Set();
  const hooks = {};
  const mock = sessionPerTest({ beforeEach: (each) => (hooks.before = each), afterEach: (each) => (hooks.after = each) });

  it("is there only within a test", () => {
    assert.throws(() => mock.session, /only within a test/);
  });

  it("is another one each time", async () => {
    process.env.UNDERSTUDY_URL = server.root;
    try {
      for (let round = 0; round < 3; round += 1) {
        await hooks.before();
        seen.add(mock.session);
        assert.equal((await mock.control.requests()).length, 0);
        await fetch(`${mock.url("consent-kit")}/v1/projects`);
        await hooks.after();
      }
    } finally {
      delete process.env.UNDERSTUDY_URL;
    }
    assert.equal(seen.size, 3);
  });

  it("needs the address of a mock", async () => {
    sessionPerTest({ beforeEach: (each) => (hooks.before = each), afterEach: () => {} });

    await assert.rejects(hooks.before(), /No mock is known: set UNDERSTUDY_URL/);
  });
});

describe("a running mock", () => {
  it("can be connected to by its address", async () => {
    const mock = await Mock.connect(`${server.root}/`, "named");

    assert.equal(mock.url("consent-kit"), `${server.root}/_session/named/consent-kit`);
  });
});
