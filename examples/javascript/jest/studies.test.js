const { sessionPerTest } = require("understudy-testing");

const { namesOfStudies } = require("./studies.js");

const mock = sessionPerTest();
const names = () => namesOfStudies(mock.url(), mock.token());

test("reads every page", async () => {
  expect(await names()).toHaveLength(130);
  await mock.control.expectRequest({ operation: "list_studies", query: { page: "2", limit: "100" } });
});

test("tries again when it asked too often", async () => {
  await mock.control.force({ operation: "list_studies", status: 429 });

  await names();

  expect(await mock.control.requests({ status: 429 })).toHaveLength(1);
});

test("gives up when the service is down", async () => {
  await mock.control.scenario("maintenance");

  await expect(names()).rejects.toThrow("503");
});

test.each([1, 2, 3, 4])("has its own records (%i)", async () => {
  const studies = mock.control.records("participant-kit", "study");
  const before = await studies.count();

  await studies.remove((await studies.list())[0].id);

  expect(await studies.count()).toBe(before - 1);
  expect(before).toBe(135);
});
