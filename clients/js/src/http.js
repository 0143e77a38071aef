// Requests to the mock over node:http: a test may replace `fetch`, and jsdom has none.

"use strict";

const http = require("node:http");

/** Send one request; resolves to its status and its text. */
function send(method, address, headers, text) {
  return new Promise((resolve, reject) => {
    const request = http.request(address, { method, headers, agent: false }, (reply) => {
      const pieces = [];
      reply.on("data", (piece) => pieces.push(piece));
      reply.on("end", () => resolve({ status: reply.statusCode, text: Buffer.concat(pieces).toString("utf8") }));
      reply.on("error", reject);
    });
    request.on("error", reject);
    request.end(text);
  });
}

module.exports = { send };
