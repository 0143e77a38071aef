import { fixtures } from "understudy-testing";
import { test as base, expect } from "vitest";

import { namesOfStudies } from "./studies.mjs";

const test = base.extend(fixtures());
const names = (mock) => namesOfStudies(mock.url(), mock.token());

test("reads every page", async ({ mock }) => {
  const studies = await mock.control.records("participant-kit", "study").list();

  expect(await names(mock)).toHaveLength(130);
  expect(studies.length).toBeGreaterThan(130); // the other organisation has some, too
  await mock.control.expectRequest({ operation: "list_studies", query: { page: "2", limit: "100" } });
});

test("tries again when it asked too often", async ({ mock }) => {
  await mock.control.force({ operation: "list_studies", status: 429 });

  await names(mock);

  expect(await mock.control.requests({ status: 429 })).toHaveLength(1);
});

test("gives up when the service is down", async ({ mock }) => {
  await mock.control.scenario("maintenance");

  await expect(names(mock)).rejects.toThrow("503");
});

test.for([1, 2, 3, 4])("has its own records (%i)", async (number, { mock }) => {
  const studies = mock.control.records("participant-kit", "study");
  const before = await studies.count();

  await studies.remove((await studies.list())[0].id);

  expect(await studies.count()).toBe(before - 1);
  expect(before).toBe(135);
});
