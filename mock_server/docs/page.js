// Swagger UI for the document that the mock enforces, with the mock's token, the session and Prefer filled in.

(async () => {
  const $ = (id) => document.getElementById(id);
  const api = decodeURIComponent(location.pathname.split("/").pop());
  const [{ apis }, document_] = await Promise.all([
    fetch("../apis").then((reply) => reply.json()),
    fetch(`../openapi/${api}.json`).then((reply) => reply.json()),
  ]);
  const served = apis.find((each) => each.name === api);
  const prefix = location.pathname.replace(/\/_mock\/docs\/.*$/, "");
  const fixed = prefix.match(/\/_session\/([^/]+)$/)?.[1];
  $("session").value = fixed ?? new URLSearchParams(location.search).get("session") ?? "";
  $("session").disabled = fixed !== undefined;
  if ($("session").value && !fixed) $("dashboard").search = new URLSearchParams({ session: $("session").value });
  document.title = `${served.title} in understudy`;
  document_.servers = [{ url: `${location.origin}${prefix}${served.path === "/" ? "" : served.path}` }];
  for (const { role, token } of served.tokens) $("token").append(new Option(`${token} (${role})`, token));

  const schemes = document_.components?.securitySchemes ?? {};
  const authorize = () => {
    for (const [name, scheme] of Object.entries(schemes)) {
      const schemePrefix = scheme.type === "apiKey" ? `${served.scheme} ` : "";
      ui.preauthorizeApiKey(name, schemePrefix + $("token").value);
    }
  };

  const ui = SwaggerUIBundle({
    spec: document_,
    dom_id: "#operations",
    deepLinking: true,
    docExpansion: "list",
    validatorUrl: null,
    tryItOutEnabled: true,
    requestInterceptor(request) {
      request.headers.Authorization = `${served.scheme} ${$("token").value}`;
      if ($("session").value && !fixed) request.headers["X-Mock-Session"] = $("session").value;
      if ($("prefer").value) request.headers.Prefer = $("prefer").value;
      return request;
    },
    onComplete() {
      authorize();
      document.documentElement.dataset.ready = "yes";
    },
  });
  $("token").addEventListener("change", authorize);
})();
