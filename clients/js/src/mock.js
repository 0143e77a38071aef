// A running mock in one session: addresses, credentials, control.

"use strict";

const { randomBytes } = require("node:crypto");

const { Control } = require("./control.js");

class Mock {
  #apis;
  #ended = false;

  constructor(root, session, apis) {
    this.root = root;
    this.session = session;
    this.#apis = apis;
    this.control = new Control(root, () => this.session);
  }

  /** Connect to a mock that runs at an address. */
  static async connect(root, session = "") {
    const address = root.replace(/\/+$/, "");
    const { apis } = await new Control(address, () => "").call("GET", "apis");
    return new Mock(address, session, new Map(apis.map((api) => [api.name, api])));
  }

  /** The address of an API in this session, for code that cannot send a header. */
  url(api) {
    const session = this.session ? `/_session/${this.session}` : "";
    return `${this.root}${session}${this.#find(api).path.replace(/\/$/, "")}`;
  }

  /** The token of a role. */
  token(api, role) {
    return this.#caller(api, role).token;
  }

  /** The headers of a request with the credential of a role, in this session; a key for the query is `token()`. */
  headers(api, role) {
    const { in: place, name, value } = this.#caller(api, role).credential;
    const credential = { header: { [name]: value }, cookie: { Cookie: `${name}=${value}` } }[place] ?? {};
    return { ...credential, ...(this.session ? { "X-Mock-Session": this.session } : {}) };
  }

  /** The mock in a new session, which begins with the seed or in a scenario. */
  async newSession(label = "test", scenario) {
    const mock = new Mock(this.root, "", this.#apis);
    await mock.begin(label, scenario);
    return mock;
  }

  /** Go on in a new session. */
  async begin(label = "test", scenario) {
    const name = `${label.replace(/[^A-Za-z0-9._~-]+/g, "-").slice(0, 80)}-${randomBytes(4).toString("hex")}`;
    await this.control.call("PUT", `sessions/${name}`, scenario ? { scenario } : {});
    this.session = name;
    this.#ended = false;
  }

  /** Delete the session. */
  async end() {
    if (!this.session || this.#ended) return;
    this.#ended = true;
    // The test may have deleted it.
    await this.control.call("DELETE", `sessions/${this.session}`).catch((error) => {
      if (error.status !== 404) throw error;
    });
  }

  #caller(api, role) {
    const { name, tokens } = this.#find(api);
    const found = role === undefined ? tokens[0] : tokens.find((each) => each.role === role);
    if (found === undefined) {
      const roles = tokens.map((each) => `'${each.role}'`).join(", ");
      throw new RangeError(`There is no role '${role}' in ${name}. The roles are ${roles}.`);
    }
    return found;
  }

  #find(api) {
    const names = [...this.#apis.keys()].join(", ");
    if (api === undefined && this.#apis.size === 1) return [...this.#apis.values()][0];
    if (api === undefined) throw new RangeError(`The mock serves several APIs; name one. The APIs are ${names}.`);
    if (!this.#apis.has(api)) throw new RangeError(`There is no API '${api}' here. The APIs are ${names}.`);
    return this.#apis.get(api);
  }
}

module.exports = { Mock };
