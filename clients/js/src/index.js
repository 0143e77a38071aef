// Tests in JavaScript against the mock server understudy.

"use strict";

const { UnderstudyError } = require("./control.js");
const { Mock } = require("./mock.js");
const { redirect } = require("./redirect.js");
const {
  fixtures,
  globalSetup,
  globalTeardown,
  routeToMock,
  sessionPerTest,
  webServer,
  workerFixtures,
} = require("./runners.js");
const { findCommand, startMock } = require("./server.js");

module.exports = {
  Mock,
  UnderstudyError,
  findCommand,
  fixtures,
  globalSetup,
  globalTeardown,
  redirect,
  routeToMock,
  sessionPerTest,
  startMock,
  webServer,
  workerFixtures,
};
