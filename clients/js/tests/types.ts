// What the compiler takes and what it refuses; `npx tsc` checks it.

import { type JournalRequest, type Mock, fixtures, sessionPerTest, startMock } from "understudy-testing";
import { redirect } from "understudy-testing/redirect";

interface Study {
  id: string;
  name: string;
}

export async function taken(mock: Mock): Promise<Study[]> {
  await mock.control.force({ operation: "list_studies", status: 503 });
  await mock.control.network({ latency: 0.1, failure_rate: 0.5 });
  const request: JournalRequest = await mock.control.expectRequest({ status: "4xx", request_body: { name: "Diary" } });
  const now: Date = await mock.control.clock.advance(60);
  const undo: () => void = redirect({ "https://api.example.com": mock.url() });
  undo();
  const studies = mock.control.records<Study>("participant-kit", "study");
  await studies.change(request.path, { name: now.toISOString() });
  return studies.list({ status: "ACTIVE" });
}

export async function refused(mock: Mock): Promise<void> {
  // @ts-expect-error a misspelt condition
  await mock.control.force({ operatoin: "list_studies" });
  // @ts-expect-error a status is a number or a text
  await mock.control.expectRequest({ status: true });
  // @ts-expect-error a property that a study does not have
  await mock.control.records<Study>("participant-kit", "study").change("id", { title: "" });
  // @ts-expect-error a filter that requests do not have
  await mock.control.requests({ verb: "GET" });
}

export const started = startMock({ apis: ["participant-kit"], args: ["--seed", "7"] });
export const inEach: Mock = sessionPerTest({ scenario: "empty" });
export const { mock } = fixtures({ url: "http://127.0.0.1:8000" });
