module.exports = require("understudy-testing").globalTeardown;
