// Verifies a webhook with the reference implementation of Standard Webhooks.
//
// In: JSON {secret, headers, body} on the standard input. Out: the event; exit code 1 when the signature is not right.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
const event = new Webhook(secret).verify(body, headers);
process.stdout.write(JSON.stringify(event));
