// What a typed front end looks like: the types are generated from the document that the mock serves (npm run types).

import type { components, paths } from "./types/participant-kit";

export type Study = components["schemas"]["Study"];
type NewStudy = components["schemas"]["StudyCreate"];
type Query = NonNullable<paths["/v1/studies"]["get"]["parameters"]["query"]>;
type Page = paths["/v1/studies"]["get"]["responses"]["200"]["content"]["application/json"];

export async function studies(base: string, token: string, query: Query): Promise<Study[]> {
  const asked = new URLSearchParams(query as Record<string, string>);
  const reply = await fetch(`${base}/v1/studies?${asked}`, { headers: { Authorization: `Bearer ${token}` } });
  const page: Page = await reply.json();
  return page.data;
}

export function draft(name: string, project_id: string): NewStudy {
  return { name, project_id };
}

// @ts-expect-error a study without its project is refused by the compiler, before the API refuses it
export const wrong: NewStudy = { name: "No project" };
