const { globalSetup } = require("understudy-testing");

module.exports = globalSetup({ apis: ["participant-kit"] });
