/** @jest-environment jsdom */

const { redirect, sessionPerTest } = require("understudy-testing");

const mock = sessionPerTest();

/** The code under test: a page that asks the service itself, at its real address. */
function showFirstStudy() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", "https://api.example.com/v1/studies?limit=1");
    request.setRequestHeader("Authorization", "Bearer mock-token");
    request.onload = () => {
      document.body.textContent = JSON.parse(request.responseText).data[0].name;
      resolve();
    };
    request.send();
  });
}

test("shows the first study", async () => {
  const undo = redirect({ "https://api.example.com": mock.url() }, window);
  const [first] = await mock.control.records("participant-kit", "study").list();

  await showFirstStudy();

  expect(document.body.textContent).toBe(first.name);
  undo();
});
