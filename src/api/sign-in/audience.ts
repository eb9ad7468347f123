/** For whom a token is: this server, or the public cloud's API, whose name some clients have built in. */
import { OAuthError } from "./oauth-error.ts";

const publicApi = ["https://management.azure.com", "https://management.core.windows.net"];
/** azurerm asks a token of these at its start and never uses it here; our API refuses it. */
const publicGraph = ["https://graph.microsoft.com", "https://graph.windows.net"];

/** What `aud` may be on a request to the API, with and without the slash at the end. */
export function apiAudiences(origin: string): string[] {
  return [origin, ...publicApi].flatMap((one) => [one, `${one}/`]);
}

/** `scope` of version 2 (`https://host/.default`, among others that are no addresses) or `resource` of version 1. */
export function audienceAsked(form: URLSearchParams, origin: string): string {
  const scopes = (form.get("scope") ?? "").split(" ");
  const scope = scopes.find((one) => one.includes("://"))?.replace(/\/[^/]*$/, "");
  const asked = form.get("resource") ?? scope ?? origin;
  const known = [...apiAudiences(origin), ...publicGraph.flatMap((one) => [one, `${one}/`])];
  if (known.includes(asked)) return asked;
  throw new OAuthError(
    "invalid_scope",
    `Tokens for '${asked.slice(0, 200)}' are not given here; ask for ${origin}/.default.`,
  );
}
