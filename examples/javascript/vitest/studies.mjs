// The code under test: reads every page, and tries again after a 429.

export async function namesOfStudies(address, token) {
  const names = [];
  for (let page = 1; ; page += 1) {
    const { data } = await ask(`${address}/v1/studies?limit=100&page=${page}`, token);
    if (data.length === 0) return names;
    names.push(...data.map((study) => study.name));
  }
}

async function ask(url, token) {
  const reply = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
  if (reply.status === 429) return ask(url, token);
  if (!reply.ok) throw new Error(`The service answered ${reply.status}`);
  return reply.json();
}
