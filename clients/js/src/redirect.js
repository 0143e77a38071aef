// Sends the requests of a page or of jsdom to the mock instead of the origins that the code calls, without a service
// worker: `fetch` and XMLHttpRequest are replaced until it is undone. It needs nothing of Node.

"use strict";

/**
 * Redirect requests: `redirect({ "https://api.example.com": mock.url("my-api") })`. Returns a function that undoes it.
 */
function redirect(addresses, target = globalThis) {
  const pairs = Object.entries(addresses).map(([from, to]) => [from.replace(/\/+$/, ""), to.replace(/\/+$/, "")]);
  const base = target.location?.href;
  const moved = (address) => {
    const url = new URL(address, base).href;
    const pair = pairs.find(([from]) => url === from || ["/", "?", "#"].some((next) => url.startsWith(from + next)));
    return pair ? pair[1] + url.slice(pair[0].length) : undefined;
  };
  const { fetch, XMLHttpRequest } = target;
  const open = XMLHttpRequest?.prototype.open;
  if (fetch) {
    target.fetch = function (resource, options) {
      const isRequest = typeof target.Request === "function" && resource instanceof target.Request;
      const address = moved(isRequest ? resource.url : String(resource));
      if (address === undefined) return fetch.call(target, resource, options);
      return fetch.call(target, isRequest ? new target.Request(address, resource) : address, options);
    };
  }
  if (open) {
    XMLHttpRequest.prototype.open = function (method, address, ...more) {
      return open.call(this, method, moved(String(address)) ?? address, ...more);
    };
  }
  return () => {
    if (fetch) target.fetch = fetch;
    if (open) XMLHttpRequest.prototype.open = open;
  };
}

module.exports = { redirect };
