/** Tests in JavaScript against the mock server understudy. */

import type { components, operations } from "./control";

type Schemas = components["schemas"];

/** A reply to force, and the requests that get it. */
export type Reply = Schemas["Reply"];
export type ForcedReply = Schemas["ForcedReply"];
/** What is expected of a request; all that is given has to fit. */
export type Expectation = Schemas["Expectation"];
/** A request in the journal, and its reply; secrets are redacted. */
export type JournalRequest = Schemas["Request"];
export type Network = Schemas["Network"];
/** Which requests of the journal are listed. */
export type RequestFilter = NonNullable<operations["list_requests"]["parameters"]["query"]>;

/** An operation that the mock refused, or an expectation that does not hold; the message is the mock's. */
export class UnderstudyError extends Error {
  readonly status: number;
}

/** The clock of a session; every move resolves to the time after it. */
export interface Clock {
  now(): Promise<Date>;
  /** Stop the clock, at the present or at a given time. */
  freeze(at?: Date | string | number): Promise<Date>;
  /** Move the clock forward, or back, frozen or not. */
  advance(seconds: number): Promise<Date>;
  /** Follow the machine's time again. */
  resume(): Promise<Date>;
}

/** The complete records of a resource, whoever owns them, as they are stored. */
export interface Records<R> {
  count(): Promise<number>;
  /** All records, oldest first; `list({ status: "ACTIVE" })`: those with a value of an indexed property. */
  list(where?: Record<string, string>): Promise<R[]>;
  get(id: string): Promise<R>;
  /** Create a record as the API does, for any owner. */
  make(record: Partial<R>): Promise<R>;
  /** Replace a record, or create one with this id. */
  put(id: string, record: R): Promise<R>;
  /** Change some properties of a record. */
  change(id: string, properties: Partial<R>): Promise<R>;
  /** Delete a record, and those that depend on it. */
  remove(id: string): Promise<void>;
}

/** The control operations of the mock, for one session. Times are in seconds unless they say otherwise. */
export interface Control {
  readonly clock: Clock;
  /** Any operation of the control document: `call("PUT", "network", { latency: 0.2 })`. */
  call(method: string, path: string, body?: unknown): Promise<any>;
  /** Go back to the beginning. */
  reset(): Promise<void>;
  /** Start again in a scenario; the empty name is the plain seed. */
  scenario(name: string): Promise<void>;
  /** Force the reply to the next requests that match: `force({ path: "/v1/studies", status: 503, times: 2 })`. */
  force(reply: Reply): Promise<ForcedReply>;
  /** Give every later request a `Prefer` header. */
  prefer(preferences: string): Promise<void>;
  /** Slow replies down, let some fail: `network({ latency: 0.2, failure_rate: 0.1, seed: 1 })`. */
  network(conditions: Network): Promise<void>;
  /** Delay every later reply; the other network conditions stay as they are. */
  latency(seconds: number): Promise<void>;
  /** Keep the present records under a name. */
  snapshot(name: string): Promise<void>;
  /** Go back to a snapshot. */
  restore(name: string): Promise<void>;
  /** The records of a resource: `records<Study>("my-api", "study")`. */
  records<R = Record<string, unknown>>(api: string, resource: string): Records<R>;
  /** The requests of this session that match, newest last. */
  requests(filter?: RequestFilter): Promise<JournalRequest[]>;
  /**
   * The last request that is as expected, once it has arrived. Otherwise an error that says where the closest one
   * differs. `timeout` is in milliseconds, 2000 by default.
   */
  expectRequest(expected: Expectation, options?: { timeout?: number }): Promise<JournalRequest>;
  /** An error that lists them if requests fit. */
  expectNoRequest(expected: Expectation): Promise<void>;
}

/** A running mock in one session. */
export class Mock {
  /** Connect to a mock that runs at an address; without a session, to the default one. */
  static connect(root: string, session?: string): Promise<Mock>;
  readonly root: string;
  readonly session: string;
  readonly control: Control;
  /** The address of an API in this session; `api` may be left out when the mock serves only one. */
  url(api?: string): string;
  /** The token of a role; that of the first one without a name. */
  token(api?: string, role?: string): string;
  /** The headers of a request with the credential of a role, in this session; a key for the query is `token()`. */
  headers(api?: string, role?: string): Record<string, string>;
  /** The mock in a new session, which begins with the seed or in a scenario. */
  newSession(label?: string, scenario?: string): Promise<Mock>;
  /** Go on in a new session. */
  begin(label?: string, scenario?: string): Promise<void>;
  /** Delete the session. */
  end(): Promise<void>;
}

export interface ServeOptions {
  /** APIs, or OpenAPI documents; all APIs if there are none. */
  apis?: string[];
  /** The command; by default UNDERSTUDY, that of a .venv here or above, or the one on the PATH. */
  command?: string;
  /** Further options of `understudy serve`. */
  args?: string[];
}

/** A mock that `startMock` started; `stop` ends it. */
export type StartedMock = Mock & { stop(): Promise<void> };

/** Start a mock, on a free port unless one is given. `timeout` is in milliseconds. */
export function startMock(options?: ServeOptions & { port?: number; timeout?: number }): Promise<StartedMock>;

/** Where the command `understudy` is. */
export function findCommand(environment?: Record<string, string | undefined>, folder?: string): string;

/** `url`: where the mock is, UNDERSTUDY_URL by default; `scenario`: what each test begins with. */
export interface SessionOptions {
  url?: string;
  scenario?: string;
}

/** A global setup of Vitest or Jest, which starts a mock unless UNDERSTUDY_URL names one. */
export function globalSetup(options?: ServeOptions): () => Promise<() => void | Promise<void>>;

/** The global teardown of Jest. */
export function globalTeardown(): Promise<void>;

/** An entry of Playwright's `webServer`; `url` is where the mock shall be. */
export function webServer(options?: ServeOptions & { url?: string }): {
  command: string;
  url: string;
  reuseExistingServer: boolean;
};

type Use<T> = (value: T) => Promise<void>;

/** Fixtures for `test.extend` of Playwright or Vitest: `mock` has a session of its own in each test. */
export function fixtures(options?: SessionOptions): {
  mock: (needs: {}, use: Use<Mock>, info?: any) => Promise<void>;
};

/** Fixtures for Playwright with one session for each worker, which begins anew with each test. */
export function workerFixtures(options?: SessionOptions): {
  workerMock: [(needs: {}, use: Use<Mock>, info: any) => Promise<void>, { scope: "worker" }];
  mock: (needs: { workerMock: Mock }, use: Use<Mock>) => Promise<void>;
};

type Hook = (each: () => Promise<void>) => unknown;

/** A mock whose session is new in each test, for runners with hooks: Jest, Vitest, Mocha, node:test. */
export function sessionPerTest(options?: SessionOptions & { beforeEach?: Hook; afterEach?: Hook }): Mock;

/**
 * Have the requests of a Playwright page or context to some origins answered by the mock, without a service worker:
 * `routeToMock(page, mock, { "https://api.example.com": "my-api" })`.
 */
export function routeToMock(
  target: { route(url: (url: URL) => boolean, handler: (route: any) => Promise<void>): Promise<any> },
  mock: Mock,
  origins: Record<string, string | undefined>,
): Promise<void>;

export { redirect } from "./redirect";
