import { globalSetup } from "understudy-testing";

export default globalSetup({ apis: ["participant-kit"] });
