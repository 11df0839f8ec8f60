// Sends every response of this form, signed, to a collector. README.md beside this file says how to set it up.
const KEPT = PropertiesService.getScriptProperties();

// Run by two triggers: on form submit, and every hour, which sends what an outage has kept back.
function relay(event) {
  LockService.getScriptLock().waitLock(300000);
  const form = FormApp.getActiveForm();
  const sent = Number(KEPT.getProperty("SENT_UNTIL") || 0);
  const time = (response) => response.getTimestamp().getTime();
  if (event && event.response && time(event.response) <= sent) {
    // Changed by its writer, and may have kept its time: only our clock makes it newer.
    send(form, form.getResponse(event.response.getId()), new Date());
  }
  for (const response of form.getResponses(new Date(sent)).sort((one, other) => time(one) - time(other))) {
    send(form, response, response.getTimestamp());
    KEPT.setProperty("SENT_UNTIL", String(time(response)));
  }
}

function send(form, response, submittedAt) {
  const asked = {}, names = {}, answers = {};
  for (const item of form.getItems()) { // where a question's text comes twice, the second is called "Text (2)"
    const title = item.getTitle();
    asked[title] = (asked[title] || 0) + 1;
    names[item.getId()] = asked[title] > 1 ? title + " (" + asked[title] + ")" : title;
  }
  for (const given of response.getItemResponses()) answers[names[given.getItem().getId()]] = given.getResponse();
  const body = JSON.stringify({
    response_id: response.getId(), form_id: form.getId(), submitted_at: submittedAt.toISOString(),
    email: response.getRespondentEmail() || null, answers: answers,
  });
  for (let attempt = 0; attempt < 5; attempt++) {
    if (attempt) Utilities.sleep(1000 * 2 ** attempt);
    if (post(body)) return;
  }
  throw new Error("The collector did not accept a response"); // Google mails this to the form's owner
}

function post(body) {
  const now = String(Math.floor(Date.now() / 1000));
  const bytes = Utilities.computeHmacSha256Signature(now + "." + body, KEPT.getProperty("SECRET"), Utilities.Charset.UTF_8);
  const signature = "sha256=" + bytes.map((byte) => (byte & 255).toString(16).padStart(2, "0")).join("");
  const headers = { "X-Tally-Timestamp": now, "X-Tally-Signature": signature };
  const options = { method: "post", contentType: "application/json", payload: body, headers: headers, muteHttpExceptions: true };
  try {
    return UrlFetchApp.fetch(KEPT.getProperty("ADDRESS"), options).getResponseCode() === 200;
  } catch (error) {
    console.error(error); // nobody answered; tried again
    return false;
  }
}
