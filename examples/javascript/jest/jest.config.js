module.exports = {
  rootDir: __dirname,
  globalSetup: "./global-setup.js",
  globalTeardown: "./global-teardown.js",
};
