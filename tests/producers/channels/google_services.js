// What Google's services do for relay.gs, as their reference documents it; prints what was posted, and what was kept.
const crypto = require("node:crypto");
const fs = require("node:fs");
const vm = require("node:vm");

const given = JSON.parse(fs.readFileSync(0, "utf8"));
const posts = [];
const item = ({ id, title }) => ({ getId: () => id, getTitle: () => title });
const response = (said) => ({
  getId: () => said.id,
  getTimestamp: () => new Date(said.time),
  getRespondentEmail: () => said.email || "",
  getItemResponses: () =>
    said.answers.map(([id, answer]) => ({
      getItem: () => item(given.items.find((one) => one.id === id)),
      getResponse: () => answer,
    })),
});
const form = {
  getId: () => "1FAIpQL0",
  getItems: () => given.items.map(item),
  getResponse: (id) => response(given.responses.find((one) => one.id === id)),
  getResponses: (since) => given.responses.filter((one) => new Date(one.time) >= since).map(response),
};
const world = {
  console: { error: () => {} },
  PropertiesService: {
    getScriptProperties: () => ({
      getProperty: (name) => given.properties[name] || null,
      setProperty: (name, value) => (given.properties[name] = value),
    }),
  },
  LockService: { getScriptLock: () => ({ waitLock: () => {} }) },
  FormApp: { getActiveForm: () => form },
  Utilities: {
    Charset: { UTF_8: "utf8" },
    sleep: () => {},
    computeHmacSha256Signature: (text, key, charset) => [
      ...new Int8Array(crypto.createHmac("sha256", Buffer.from(key, charset)).update(text, charset).digest()),
    ],
  },
  UrlFetchApp: {
    fetch: (address, options) => {
      posts.push({ address, body: options.payload, headers: options.headers });
      const status = given.statuses.shift() || 200;
      if (status === "unreachable") throw new Error("Address unavailable");
      return { getResponseCode: () => status };
    },
  },
};
vm.createContext(world);
vm.runInContext(fs.readFileSync(process.argv[2], "utf8"), world);
let error = null;
try {
  world.relay(given.submitted ? { response: form.getResponse(given.submitted) } : { triggerUid: "1" });
} catch (thrown) {
  error = thrown.message;
}
process.stdout.write(JSON.stringify({ posts, error, properties: given.properties }));
