/** What a shop does, through a client made from the schema: sign in, find out, apply, cancel. */

import createClient from "openapi-fetch";

import type { components, paths } from "./schema.ts";

declare const process: { env: Record<string, string | undefined> };
type ApiError = components["schemas"]["Error"];

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name}.`);
  return value;
}

/** The data of an answer, or an exception with the code of the refusal. */
function sound<T>(answer: { data?: T; error?: ApiError }): T {
  if (answer.data === undefined) throw new Error(answer.error?.code ?? "no data");
  return answer.data;
}

const client = createClient<paths>({ baseUrl: setting("API") });

const tokens = sound(
  await client.POST("/api/v1/auth/token/", {
    body: { username: setting("SHOP_USER"), password: setting("SHOP_PASSWORD") },
  }),
);
if (tokens.expires_in < 60) throw new Error("The token is of little use.");
client.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${tokens.access}`);
    return request;
  },
});

const key = crypto.randomUUID();
const person: components["schemas"]["CustomerRequest"] = {
  email: `${key}@shop.example`,
  name: "Tess",
};
const header = { "Idempotency-Key": key };
const customer = sound(
  await client.POST("/api/v1/customers/", { params: { header }, body: person }),
);
const taken = await client.POST("/api/v1/customers/", { body: person });
const existing: number | undefined = taken.error?.existing_id;
const found = sound(
  await client.GET("/api/v1/customers/", { params: { query: { email: person.email } } }),
);
if (existing !== customer.id || found[0]?.id !== customer.id) throw new Error("Not found again.");

const basket = { customer_id: customer.id, cart_value: 0.1 + 0.2 + 299.7 };
const offers = sound(await client.POST("/api/v1/discounts/available/", { body: basket }));
const best: number | undefined = offers.best_cart_discount?.campaign_id;
if (best === undefined) throw new Error("Nothing is offered.");
const usage = sound(
  await client.POST("/api/v1/discounts/apply/", {
    params: { header },
    body: { ...basket, campaign_id: best },
  }),
);
const cancelled = sound(
  await client.POST("/api/v1/discounts/cancel/", { body: { usage_id: usage.id } }),
);
const history = sound(
  await client.GET("/api/v1/discounts/usage/{customer_id}/", {
    params: { path: { customer_id: customer.id } },
  }),
);
const by: string | null = usage.applied_by;
console.log(
  JSON.stringify({
    by,
    discount: usage.discount_amount,
    paid: usage.final_amount,
    cancelled: cancelled.cancelled_at !== null,
    usages: history.Count,
  }),
);
