// The control operations of the mock, for one session.

"use strict";

const { send } = require("./http.js");

/** Records that one request lists at most. */
const PAGE = 1000;

/** Milliseconds between two looks for a request that is expected. */
const LOOK = 25;

/** Milliseconds to wait for a request that is expected, unless a test says otherwise. */
const PATIENCE = 2000;

/** An operation that the mock refused, or an expectation that does not hold; the message is the mock's. */
class UnderstudyError extends Error {
  constructor(message, status) {
    super(message);
    this.name = "UnderstudyError";
    this.status = status;
  }
}

class Clock {
  constructor(control) {
    this.control = control;
  }

  now() {
    return this.#moved("GET", "clock");
  }

  freeze(at) {
    return this.#moved("POST", "clock/freeze", at === undefined ? {} : { at: new Date(at).toISOString() });
  }

  advance(seconds) {
    return this.#moved("POST", "clock/advance", { seconds });
  }

  resume() {
    return this.#moved("POST", "clock/resume");
  }

  async #moved(method, path, body) {
    return new Date((await this.control.call(method, path, body)).now);
  }
}

class Records {
  constructor(control, api, resource) {
    this.control = control;
    this.path = `resources/${encodeURIComponent(api)}/${encodeURIComponent(resource)}`;
  }

  async count() {
    return (await this.control.call("GET", `${this.path}?limit=1`)).count;
  }

  async list(where = {}) {
    const conditions = Object.entries(where).map(([name, value]) => ["where", `${name}:${value}`]);
    const found = [];
    for (;;) {
      const query = new URLSearchParams([...conditions, ["limit", PAGE], ["offset", found.length]]);
      const page = await this.control.call("GET", `${this.path}?${query}`);
      found.push(...page.records);
      if (page.records.length === 0 || found.length >= page.count) return found;
    }
  }

  async get(id) {
    return (await this.control.call("GET", this.#at(id))).record;
  }

  async make(record) {
    return (await this.control.call("POST", this.path, record)).record;
  }

  async put(id, record) {
    return (await this.control.call("PUT", this.#at(id), record)).record;
  }

  async change(id, properties) {
    return (await this.control.call("PATCH", this.#at(id), properties)).record;
  }

  async remove(id) {
    await this.control.call("DELETE", this.#at(id));
  }

  #at(id) {
    return `${this.path}/${encodeURIComponent(id)}`;
  }
}

class Control {
  /** `session` is asked for its name with each call: a mock may begin another one. */
  constructor(root, session) {
    this.root = root;
    this.session = session;
    this.clock = new Clock(this);
  }

  async call(method, path, body) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const session = this.session();
    const headers = {
      ...(session ? { "X-Mock-Session": session } : {}),
      ...(text === undefined ? {} : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
    };
    const reply = await send(method, `${this.root}/_mock/${path}`, headers, text);
    const value = reply.text ? JSON.parse(reply.text) : undefined;
    if (reply.status >= 400) throw new UnderstudyError(value.error.message, reply.status);
    return value;
  }

  async reset() {
    await this.call("POST", "reset");
  }

  async scenario(name) {
    await this.call("PUT", "scenario", { name });
  }

  force(reply) {
    return this.call("POST", "replies", reply);
  }

  async prefer(preferences) {
    await this.call("PUT", "preferences", { prefer: preferences });
  }

  async network(conditions) {
    await this.call("PUT", "network", conditions);
  }

  async latency(seconds) {
    await this.network({ ...(await this.call("GET", "network")), latency: seconds });
  }

  async snapshot(name) {
    await this.call("PUT", `snapshots/${encodeURIComponent(name)}`);
  }

  async restore(name) {
    await this.call("POST", `snapshots/${encodeURIComponent(name)}/restore`);
  }

  records(api, resource) {
    return new Records(this, api, resource);
  }

  async requests(filter = {}) {
    return (await this.call("GET", `requests?${new URLSearchParams(filter)}`)).requests;
  }

  async expectRequest(expected, { timeout = PATIENCE } = {}) {
    if (expected.times === 0) throw new TypeError("times: 0 has no request to return; use expectNoRequest");
    const deadline = Date.now() + timeout;
    for (;;) {
      try {
        return (await this.call("POST", "requests/expect", expected)).requests.at(-1);
      } catch (error) {
        if (error.status !== 409 || Date.now() >= deadline) throw shown(error, this.expectRequest);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  async expectNoRequest(expected) {
    try {
      await this.call("POST", "requests/expect", { ...expected, times: 0 });
    } catch (error) {
      throw shown(error, this.expectNoRequest);
    }
  }
}

/** The same error, as if the test had thrown it: runners show the line of the test. */
function shown(error, called) {
  Error.captureStackTrace?.(error, called);
  return error;
}

module.exports = { Control, UnderstudyError };
