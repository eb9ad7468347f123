/** Where a webhook may lead. */
import { isIP } from "node:net";
import { parseAddress, prefixContains, prefixOf } from "../../base/prefix.ts";

const field = "url is refused:";

/** Networks that are nobody's server: a request there would ask the machine or the link itself. */
const closed = [
  "0.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "fe80::/10",
  "ff00::/8",
];
const loopback = ["127.0.0.0/8", "::1/128"];

/** Why not, in a sentence; undefined where it may. */
export function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) {
    return `${field} "${text.slice(0, 100)}" is no address; send one such as https://hooks.example.net/causeway.`;
  }
  const url = new URL(text);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (url.username !== "" || url.password !== "") {
    return `${field} it carries a user or a password, which logs would show; sign in by the signature of the deliveries instead.`;
  }
  if (url.hash !== "") return `${field} a fragment is never sent; leave out what follows the #.`;
  if (isWithin(host, closed)) {
    return `${field} ${host} is a link-local, multicast or unspecified address, on which no server of yours answers; name its host.`;
  }
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") {
    return `${field} ${url.protocol.slice(0, 20)} is not spoken here; send an https address.`;
  }
  if (host === "localhost" || isWithin(host, loopback)) return undefined;
  return `${field} plain http is for loopback only, for what is said could be read on the way; send an https address.`;
}

function isWithin(host: string, networks: readonly string[]): boolean {
  const address = isIP(host) === 0 ? undefined : parseAddress(host);
  return address !== undefined && networks.some((one) => prefixContains(prefixOf(one), address));
}
