// Starts the mock as a process: finds its command, waits until it is ready, ends it.

"use strict";

const { spawn } = require("node:child_process");
const { accessSync, constants, statSync } = require("node:fs");
const path = require("node:path");

const { Mock } = require("./mock.js");

const WINDOWS = process.platform === "win32";

/** Where a virtual environment keeps its commands. */
const BIN = WINDOWS ? ["Scripts", "understudy.exe"] : ["bin", "understudy"];

/** Milliseconds to wait until the mock is ready, and for its end. */
const START = 60_000;
const END = 10_000;

/** The command: UNDERSTUDY, that of a .venv here or in a folder above, or the one on the PATH. */
function findCommand(environment = process.env, folder = process.cwd()) {
  if (environment.UNDERSTUDY) return environment.UNDERSTUDY;
  const above = [];
  for (let each = path.resolve(folder); ; each = path.dirname(each)) {
    above.push(path.join(each, ".venv", ...BIN));
    if (each === path.dirname(each)) break;
  }
  const onPath = (environment.PATH ?? "").split(path.delimiter).filter(Boolean).map((each) => path.join(each, BIN[1]));
  const found = [...above, ...onPath].find(isCommand);
  if (found === undefined) {
    throw new Error(
      "The command understudy was found neither in a .venv here or above nor on the PATH. Install it " +
        "(pip install understudy), or name it with the environment variable UNDERSTUDY or the option `command`.",
    );
  }
  return found;
}

function isCommand(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Start a mock on a free port. */
async function startMock({ apis = [], command, args = [], port = 0, timeout = START } = {}) {
  const words = ["serve", ...apis, "--port", String(port), "--log", "off", ...args];
  const child = spawn(command ?? findCommand(), words, { stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise((resolve) => child.once("close", resolve)).then(() => process.removeListener("exit", kill));
  const stop = async () => {
    const last = setTimeout(kill, END);
    child.kill("SIGTERM");
    await ended;
    clearTimeout(last);
  };
  try {
    const mock = await Mock.connect(await ready(child, timeout));
    return Object.assign(mock, { stop, [Symbol.asyncDispose ?? Symbol("dispose")]: stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The address that the mock prints once it accepts connections. */
function ready(child, timeout) {
  return new Promise((resolve, reject) => {
    let said = "";
    let complained = "";
    const fail = (why) => reject(new Error(`understudy ${why}${complained ? `:\n${complained.trim()}` : "."}`));
    const timer = setTimeout(() => fail(`was not ready within ${timeout / 1000} seconds`), timeout);
    child.stdout.on("data", (piece) => {
      said += piece;
      const found = /^ready (\S+)$/m.exec(said);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
    child.stderr.on("data", (piece) => {
      // Read on, so that the pipe never fills; the beginning says why a mock does not start.
      if (complained.length < 10_000) complained += piece;
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      fail(`could not be started (${error.message})`);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      fail(`ended with exit code ${code} before it was ready`);
    });
  });
}

module.exports = { findCommand, startMock };
