// Calls the API, and turns every failure into one of five kinds of error that a page can show.

const PATIENCE = 5000; // milliseconds to wait for a reply
const TRIES = 3; // for requests that are rate-limited

export class Refused extends Error {
  // kind: "token" | "missing" | "faults" | "busy" | "broken"
  constructor(kind, message, faults = {}) {
    super(message);
    this.kind = kind;
    this.faults = faults;
  }
}

export class Api {
  constructor(base, token, session) {
    this.base = base;
    this.token = token;
    this.session = session;
  }

  async call(method, path, body, waiting = () => {}) {
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#send(method, path, body);
      if (reply.status === 429 && attempt < TRIES) {
        const seconds = Number(reply.headers.get("Retry-After") ?? 1);
        waiting(seconds);
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        continue;
      }
      return this.#read(reply);
    }
  }

  async #send(method, path, body) {
    const headers = { Authorization: `Bearer ${this.token}` };
    if (this.session) headers["X-Mock-Session"] = this.session; // a real service ignores it
    if (body !== undefined) headers["Content-Type"] = "application/json";
    try {
      return await fetch(this.base + path, {
        method,
        headers,
        credentials: "include",
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch (error) {
      const slow = error.name === "TimeoutError";
      throw new Refused("broken", slow ? "The service takes too long." : "The service cannot be reached.");
    }
  }

  async #read(reply) {
    let body;
    try {
      body = await reply.json();
    } catch {
      throw new Refused("broken", "The service sent something that cannot be read.");
    }
    if (reply.ok) return body;
    const { message, errors = [] } = body.error ?? {};
    if (reply.status === 400) {
      throw new Refused("faults", message, Object.fromEntries(errors.map((each) => [each.param, each.message])));
    }
    const kinds = { 401: "token", 404: "missing", 429: "busy", 503: "busy" };
    throw new Refused(kinds[reply.status] ?? "broken", message ?? `The service answered ${reply.status}.`);
  }
}
