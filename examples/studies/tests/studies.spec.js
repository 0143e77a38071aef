import { routeToMock } from "understudy-testing";

import { expect, test } from "./mock.js";

const rows = (page) => page.locator("#studies tr");

test("lists a page of studies", async ({ page, open }) => {
  await open();

  await expect(rows(page)).toHaveCount(10);
});

test("pages forward and back", async ({ page, open }) => {
  await open();
  const first = await rows(page).first().textContent();

  await page.getByRole("button", { name: "Next" }).click();
  await expect(page.getByText("Page 2")).toBeVisible();
  await expect(rows(page).first()).not.toHaveText(first);
  await page.getByRole("button", { name: "Previous" }).click();

  await expect(rows(page).first()).toHaveText(first);
});

test("ends at the last page", async ({ page, open, control }) => {
  await control.scenario("one-of-everything");

  await open();

  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByRole("button", { name: "Next" })).toBeDisabled();
});

test("says that there is nothing yet", async ({ page, open, control }) => {
  await control.scenario("empty");

  await open();

  await expect(page.getByText("There is no study yet.")).toBeVisible();
});

test("shows hard names as they are", async ({ page, open, control }) => {
  await control.scenario("long-names");

  await open();

  await expect(rows(page).filter({ hasText: "<script>alert('not run')</script>" })).toHaveCount(1);
  await expect(rows(page).filter({ hasText: "دراسة تجربة الدفع" }).first()).toBeVisible();
});

test("creates a study that is there afterwards", async ({ page, open, control }) => {
  await open();
  await expect(page.locator("#project_id option")).not.toHaveCount(1);

  await page.getByLabel("Name").fill("Diary study");
  await page.getByLabel("Project").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Create" }).click();

  await expect(page.getByText("Created Diary study.")).toBeVisible();
  await control.expectRequest({ operation: "create_study", status: 201, request_body: { name: "Diary study" } });
});

test("shows each fault at its field", async ({ page, open }) => {
  await open();

  await page.getByRole("button", { name: "Create" }).click();

  await expect(page.locator("#name-fault")).toHaveText("may not be blank");
  await expect(page.locator("#project_id-fault")).toHaveText("is required");
  await expect(page.getByLabel("Name")).toBeFocused();
});

test("asks for another token and goes on with it", async ({ page, open }) => {
  await open({ token: "expired" });

  await page.getByLabel("Your token was not accepted").fill("mock-token");
  await page.getByRole("button", { name: "Use it" }).click();

  await expect(rows(page)).toHaveCount(10);
});

test("says that a study is gone and shows what is left", async ({ page, open, control }) => {
  await open();
  await expect(rows(page)).toHaveCount(10);
  await control.force({ operation: "delete_study", status: 404 });

  await page.getByRole("button", { name: /^Delete / }).first().click();

  await expect(page.getByRole("alert")).toContainText("That study is gone.");
});

test("says when it will try again after too many requests", async ({ page, open, control }) => {
  await control.force({ status: 429, headers: { "Retry-After": "60" } });

  await open();

  await expect(page.getByText("Too many requests: trying again in 60 s")).toBeVisible();
});

test("tries again by itself, and then on request", async ({ page, open, control }) => {
  await control.scenario("rate-limited");

  await open();
  await page.getByRole("button", { name: "Try again" }).click();

  await expect(rows(page)).toHaveCount(10);
});

test("offers to try again while the service is down", async ({ page, open, control }) => {
  await control.force({ status: 503 });
  await open();
  await expect(page.getByRole("alert")).toContainText("The service is busy.");

  await page.getByRole("button", { name: "Try again" }).click();

  await expect(rows(page)).toHaveCount(10);
});

test("says that it is loading when replies are slow", async ({ page, open, control }) => {
  await control.latency(1.5);

  await open();

  await expect(page.getByText("Loading…")).toBeVisible();
  await expect(rows(page)).toHaveCount(10);
  await expect(page.getByText("Loading…")).toBeHidden();
});

test("gives up on a reply that does not come", async ({ page, open, control }) => {
  await control.force({ delay: 8 });

  await open();

  await expect(page.getByRole("alert")).toContainText("The service takes too long.");
});

test("survives a connection that is cut", async ({ page, open, control }) => {
  // Chromium repeats a GET by itself when an open connection is cut.
  await control.force({ method: "GET", drop: "before", times: null });

  await open();

  await expect(page.getByRole("alert")).toContainText("The service cannot be reached.");
});

test("survives a reply that cannot be read", async ({ page, open, control }) => {
  await control.force({ malformed: true });

  await open();

  await expect(page.getByRole("alert")).toContainText("cannot be read");
});

test("finds the mock behind the proxy of the dev server, too", async ({ page, mock }) => {
  await page.goto(`/?session=${mock.session}`);

  await expect(rows(page)).toHaveCount(10);
});

test("finds the mock at the real address of the service, too, without a service worker", async ({ page, mock }) => {
  await routeToMock(page, mock, { "https://api.example.com": "participant-kit" });

  await page.goto("/?api=https://api.example.com");

  await expect(rows(page)).toHaveCount(10);
  await mock.control.expectRequest({ operation: "list_studies", status: 200 });
});

test("survives a connection that is cut at the real address", async ({ page, mock }) => {
  await routeToMock(page, mock, { "https://api.example.com": "participant-kit" });
  await mock.control.force({ method: "GET", drop: "before", times: null });

  await page.goto("/?api=https://api.example.com");

  await expect(page.getByRole("alert")).toContainText("The service cannot be reached.");
});
