// Drives the JavaScript client over the line protocol of drivers/talk.py: the same names as the Python client
// has, which are turned into the JavaScript ones here, so that one suite of tests speaks for all clients.

import { createInterface } from "node:readline";

import { LangCache } from "@redis-ai/langcache";

const METHODS = {
  search: (client, request) => client.search(request),
  set: (client, request) => client.set(request),
  delete_by_id: (client, request) => client.deleteById(request.entryId),
  delete_query: (client, request) => client.deleteQuery(request),
  flush: (client) => client.flush(),
};

const clients = new Map();

function clientOf(cache) {
  const identity = JSON.stringify(cache);
  if (!clients.has(identity)) {
    clients.set(
      identity,
      new LangCache({ serverURL: cache.server_url, cacheId: cache.cache_id, apiKey: cache.api_key }),
    );
  }
  return clients.get(identity);
}

function camelCased(fields) {
  const named = ([name, value]) => [name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), value];
  return Object.fromEntries(Object.entries(fields).map(named));
}

function described(error) {
  const { request$, response$, body$, ...problem } = error.data$ ?? {};
  return {
    kind: error.constructor.name,
    package: "@redis-ai/langcache",
    status: error.statusCode ?? null,
    problem: error.data$ ? problem : null,
    retry_after: error.headers?.get("retry-after") ?? null,
    text: `${error.message} ${error.cause ?? ""}`,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { method, cache, arguments: fields } = JSON.parse(line);
  let reply;
  try {
    reply = { answer: (await METHODS[method](clientOf(cache), camelCased(fields))) ?? null };
  } catch (error) {
    reply = { raised: described(error) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
