// Starting and ending the mock, and finding its command.

"use strict";

const assert = require("node:assert/strict");
const { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const { afterEach, beforeEach, describe, it } = require("node:test");

const { findCommand, globalSetup, globalTeardown, startMock, webServer } = require("understudy-testing");

let folder;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "understudy-testing-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** A file that can be run. */
function command(name, text) {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe("the command", () => {
  it("is the one that the environment names", () => {
    assert.equal(findCommand({ UNDERSTUDY: "somewhere/understudy" }, folder), "somewhere/understudy");
  });

  it("is that of a virtual environment in a folder above", () => {
    const file = command(".venv/bin/understudy", "");
    mkdirSync(path.join(folder, "web", "tests"), { recursive: true });

    assert.equal(findCommand({ PATH: "" }, path.join(folder, "web", "tests")), file);
  });

  it("is the one on the path otherwise", () => {
    const file = command("bin/understudy", "");

    assert.equal(findCommand({ PATH: `${folder}/none:${folder}/bin` }, folder), file);
  });

  it("is missed with a sentence that says what to do", () => {
    assert.throws(() => findCommand({ PATH: folder }, folder), /pip install understudy.*UNDERSTUDY.*`command`/);
  });
});

describe("a mock that does not start", () => {
  it("says why", async () => {
    await assert.rejects(startMock({ apis: ["nothing"] }), /ended with exit code 2 before it was ready:\n.*nothing/s);
  });

  it("is ended when it takes too long", async () => {
    const slow = command("slow", "echo waiting >&2; exec sleep 60");

    await assert.rejects(startMock({ command: slow, timeout: 300 }), /not ready within 0.3 seconds/);
  });

  it("is missed when its command is not there", async () => {
    await assert.rejects(startMock({ command: path.join(folder, "none") }), /could not be started/);
  });
});

describe("a global setup", () => {
  it("starts a mock for the run, and its teardown ends it", async () => {
    await globalSetup({ apis: ["consent-kit"] })();
    const address = process.env.UNDERSTUDY_URL;
    assert.equal((await fetch(`${address}/_mock/health`)).status, 200);

    await globalTeardown();

    assert.equal(process.env.UNDERSTUDY_URL, undefined);
    await assert.rejects(fetch(`${address}/_mock/health`));
  });

  it("uses a mock that runs already", async () => {
    process.env.UNDERSTUDY_URL = "http://127.0.0.1:1";
    try {
      (await globalSetup({ command: "never run" })())();
      assert.equal(process.env.UNDERSTUDY_URL, "http://127.0.0.1:1");
    } finally {
      delete process.env.UNDERSTUDY_URL;
    }
  });
});

describe("the web server of Playwright", () => {
  it("is a command line with the port of its address", () => {
    const entry = webServer({ url: "http://127.0.0.1:8123/", apis: ["a b"], command: "understudy", args: ["--seed", "7"] });

    assert.equal(entry.command, 'understudy serve "a b" --port 8123 --log off --seed 7');
    assert.equal(entry.url, "http://127.0.0.1:8123/_mock/health");
  });
});
