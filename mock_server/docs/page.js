// Swagger UI for the document that the mock enforces: the session, a token and values that exist are filled in.

(async () => {
  const $ = (id) => document.getElementById(id);
  const asked = new URLSearchParams(location.search);
  const api = decodeURIComponent(location.pathname.split("/").pop());
  const prefix = location.pathname.replace(/\/_mock\/docs\/.*$/, "");
  const fixed = prefix.match(/\/_session\/([^/]+)$/)?.[1];
  const session = fixed ?? asked.get("session") ?? "";
  const headers = session && !fixed ? { "X-Mock-Session": session } : {};
  const get = async (path) => (await fetch(`../${path}`, { headers })).json();

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shade = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  dark.addEventListener("change", shade);
  shade();

  const [{ apis }, { sessions }, spec] = await Promise.all([get("apis"), get("sessions"), get(`openapi/${encodeURIComponent(api)}.json`)]);
  const served = apis.find((each) => each.name === api);
  document.title = `${served.title} in understudy`;
  $("title").textContent = served.title;
  spec.servers = [{ url: `${location.origin}${prefix}${served.path === "/" ? "" : served.path}` }];

  // A role or a session has records of its own, so that the page is made anew for another one.
  $("session").value = session;
  $("session").disabled = fixed !== undefined;
  $("sessions").append(...sessions.filter((each) => each.name).map((each) => new Option(each.name, each.name)));
  for (const { role, token } of served.tokens) $("role").append(new Option(`${role} (${token})`, role));
  if (served.tokens.some((each) => each.role === asked.get("role"))) $("role").value = asked.get("role");
  if (session && !fixed) $("dashboard").search = new URLSearchParams({ session });
  const anew = () => {
    const chosen = { session: fixed ? "" : $("session").value, role: $("role").value };
    location.search = new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  };
  $("session").addEventListener("change", anew);
  $("role").addEventListener("change", anew);

  const caller = served.tokens.find((each) => each.role === $("role").value);
  const token = caller ? `?token=${encodeURIComponent(caller.token)}` : "";
  fill(spec, (await get(`samples/${encodeURIComponent(api)}${token}`)).operations);

  const ui = SwaggerUIBundle({
    spec,
    dom_id: "#operations",
    deepLinking: true,
    docExpansion: "list",
    validatorUrl: null,
    tryItOutEnabled: true,
    defaultModelsExpandDepth: -1,
    requestInterceptor(request) {
      const { credential } = caller ?? {};
      if (credential?.in === "header") request.headers[credential.name] = credential.value;
      if (credential?.in === "query") {
        const url = new URL(request.url);
        url.searchParams.set(credential.name, credential.value);
        request.url = url.href;
      }
      Object.assign(request.headers, headers);
      if ($("prefer").value) request.headers.Prefer = $("prefer").value;
      return request;
    },
    onComplete() {
      for (const name of Object.keys(spec.components?.securitySchemes ?? {})) {
        if (caller) ui.preauthorizeApiKey(name, caller.credential.value);
      }
      document.documentElement.dataset.ready = "yes";
    },
  });
})();

// Swagger UI gives some of its parts no name, or the same as another.
new MutationObserver(() => {
  for (const each of document.querySelectorAll("#operations :is(select, textarea):not([aria-label])")) {
    each.ariaLabel = each.matches("textarea") ? "Body" : each.closest(".parameters-col_description") ? "Value" : "Media type or example";
  }
  for (const each of document.querySelectorAll("#operations pre:not([tabindex])")) each.tabIndex = 0;
  for (const each of document.querySelectorAll("#operations h3.opblock-tag:not([aria-level])")) each.ariaLevel = "2";
  for (const each of document.querySelectorAll("#operations h4.opblock-title:not([aria-level])")) each.ariaLevel = "3";
  // A link within the button that opens an operation: the button leads to the same address.
  for (const each of document.querySelectorAll("#operations .opblock-summary-control a[href]")) each.removeAttribute("href");
  for (const each of document.querySelectorAll("#operations table[role=region]:not([aria-label])")) each.ariaLabel = `Responses ${each.id}`;
  for (const each of document.querySelectorAll("#operations .information-container:not([role])")) {
    each.role = "region";
    each.ariaLabel = "About this API";
  }
}).observe(document.body, { childList: true, subtree: true });

// Fill in what exists, and leave optional parameters of the query empty: an example of the document names another page.
function fill(spec, samples) {
  const resolved = (part) => (part?.$ref ? part.$ref.replace(/^#\//, "").split("/").reduce((found, step) => found?.[step.replaceAll("~1", "/").replaceAll("~0", "~")], spec) : part);
  for (const item of Object.values(spec.paths)) {
    const shared = item.parameters ?? [];
    for (const operation of Object.values(item)) {
      if (!operation?.responses) continue;
      const sample = samples[operation.operationId] ?? { parameters: {}, members: {} };
      const own = (operation.parameters ?? []).map(resolved);
      const inherited = shared.map(resolved).filter((each) => !own.some((other) => other.name === each.name && other.in === each.in));
      operation.parameters = [...inherited, ...own].map((parameter) => filled(parameter, sample.parameters, resolved));
      const content = resolved(operation.requestBody)?.content;
      if (content) operation.requestBody = { ...resolved(operation.requestBody), content: Object.fromEntries(Object.entries(content).map(([type, media]) => [type, replaced(media, sample.members, resolved)])) };
    }
    delete item.parameters;
  }
}

function filled(parameter, values, resolved) {
  const { example, examples, ...bare } = parameter;
  if (Object.hasOwn(values, parameter.name) && parameter.in !== "header") return { ...bare, example: values[parameter.name] };
  if (parameter.required || parameter.in !== "query") return parameter;
  const schema = { ...resolved(parameter.schema) };
  delete schema.example;
  delete schema.examples;
  return { ...bare, schema };
}

// The examples of a body with ids of records that exist.
function replaced(media, members, resolved) {
  const exist = (value) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return { ...value, ...Object.fromEntries(Object.entries(members).filter(([name]) => Object.hasOwn(value, name))) };
  };
  const out = { ...media };
  if (media.example !== undefined) out.example = exist(media.example);
  for (const [name, declared] of Object.entries(media.examples ?? {})) {
    const each = resolved(declared);
    out.examples = { ...out.examples, [name]: { ...each, value: exist(each.value) } };
  }
  return out;
}
