/** What an operation of a published library is called with, so that it meets a resource that is there. */
import { definitionOf } from "../../src/domain/registry.ts";
import type { StoredResource } from "../../src/store/store.ts";
import type { SpecOperation } from "../arm-spec/specification.ts";

/** What stands in a path's braces and is no resource of the store. */
const words: Readonly<Record<string, string>> = {
  devicepath: "primary",
  linkname: "link1",
  membername: "member1",
  location: "westeurope",
  locationname: "Amsterdam",
  providerport: "p1",
};

/** What is asked for beside the path, by name; `body` is what an action is sent. */
const asked: Readonly<Record<string, unknown>> = {
  linktype: "Primary",
  circuittestcategory: "BgpDisconnect",
  failovertestid: "00000000-0000-4000-8000-00000000000f",
  type: "SingleSiteFailover",
  fetchlatest: true,
  peeringlocation: "Amsterdam",
  peer: "169.254.0.2",
  ipaddress: "10.1.0.4",
  domainnamelabel: "front",
};
const bodies: Readonly<Record<string, object>> = {
  generateLOA: { customerName: "Sweep" },
  generateLoa: { customerName: "Sweep" },
  resetSharedKey: { keyLength: 16 },
  setSharedKey: { value: "swept2026" },
  setVpnclientIpsecParameters: {
    ...{ saLifeTimeSeconds: 300, saDataSizeKilobytes: 1024, ipsecEncryption: "AES256" },
    ...{ ipsecIntegrity: "SHA256", ikeEncryption: "AES256", ikeIntegrity: "SHA256" },
    ...{ dhGroup: "DHGroup2", pfsGroup: "PFS2" },
  },
  invokePrepareMigration: { migrationType: "UpgradeDeploymentToStandardIP" },
  reserveCloudServicePublicIpAddress: { isRollback: "false" },
  disassociateCloudServiceReservedPublicIp: { publicIpArmId: "/none" },
  moveIpConfigurations: { moveIpConfigurationItems: [] },
  getCircuitMigrationInfo: { targetPeeringLocation: "Amsterdam", targetPortMapping: [] },
  validateCircuitMigration: { targetPeeringLocation: "Amsterdam", targetPortMapping: [] },
  stopCircuitLinkFailoverTest: { stopParameters: { linkType: "Primary" } },
  stopSiteFailoverTest: { stopParameters: { peeringLocation: "Amsterdam" } },
};

export const isOfProvider = ({ path }: Pick<SpecOperation, "path">) =>
  /expressroutecrossconnections/i.test(path);

/** The template's names, from the one resource there is of its type. */
export function namesIn(template: string, rows: readonly StoredResource[]): readonly string[] {
  const [, tail = ""] = template.split(/\/providers\//i);
  const [namespace = "", ...steps] = tail.split("/");
  const row = rowAt([namespace, ...steps], rows);
  const held = row?.id.split("/") ?? [];
  return [...template.matchAll(/([^/]+)\/\{(\w+)\}/g)].flatMap(([, before = "", name = ""]) => {
    const kind = before.toLowerCase();
    if (kind === "subscriptions") return [];
    const at = held.findIndex((segment) => segment.toLowerCase() === kind);
    const word = words[name.toLowerCase()];
    return [
      at > 0 && held[at + 1]
        ? (held[at + 1] ?? "")
        : (word ?? (kind === "resourcegroups" ? "rg" : "none")),
    ];
  });
}

/** Of the deepest type in the path that there is one of. */
function rowAt(
  [namespace = "", ...steps]: readonly string[],
  rows: readonly StoredResource[],
): StoredResource | undefined {
  const kinds = steps.filter((_, index) => index % 2 === 0);
  for (let depth = kinds.length; depth > 0; depth -= 1) {
    const type = definitionOf([namespace, ...kinds.slice(0, depth)].join("/"))?.type;
    const row = rows.find((one) => one.type === type);
    if (row !== undefined) return row;
  }
  return undefined;
}

/** The same path on the wire. */
export function pathOf(
  { path }: SpecOperation,
  names: readonly string[],
  subscriptionId: string,
): string {
  const left = [subscriptionId, ...names];
  return path.replace(/\{\w+\}/g, () => left.shift() ?? "");
}

/** Beside the path, on the wire. */
export function queryOf({ query = [] }: SpecOperation): string {
  const needed = query.filter((one) => one.endsWith("*")).map((one) => one.slice(0, -1));
  return needed.map((name) => `?${name}=${asked[name.toLowerCase()]}`).join("");
}

/** As many as the method needs: the path's names, what is asked for, and the body. */
export function argumentsOf(
  operation: SpecOperation,
  names: readonly string[],
  { needed, body }: { needed: number; body: unknown },
): unknown[] {
  const given: unknown[] = [...names];
  const queries = (operation.query ?? []).map((one) => one.replace("*", "").toLowerCase());
  for (const query of queries)
    if (given.length < needed && query in asked) given.push(asked[query]);
  if (given.length < needed) given.push(bodies[operation.operation] ?? body ?? {});
  return given;
}
