/** Paths that belong to no resource type: what clients read before they order, and what follows an order. */
import { tagsPath } from "../path.ts";
import { tagMethods } from "../tags.ts";

export type FixedRoute = {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  readonly path: string;
  readonly summary: string;
  readonly answers: "list" | "object" | "nothing";
  /** Whether a body is sent. */
  readonly sent?: true;
};

const subscription = "/subscriptions/{subscriptionId}";
const group = `${subscription}/resourceGroups/{resourceGroupName}`;
const network = `${subscription}/providers/Microsoft.Network`;

const get = (path: string, summary: string, answers: "list" | "object"): FixedRoute => ({
  method: "GET",
  path,
  summary,
  answers,
});

export const fixedRoutes: readonly FixedRoute[] = [
  get("/subscriptions", "Subscriptions that the caller may see", "list"),
  get(subscription, "One subscription", "object"),
  get("/tenants", "The one directory", "list"),
  get("/providers/{namespace}/operations", "What may be done in a namespace", "list"),
  get(`${subscription}/locations`, "Regions", "list"),
  get(`${subscription}/resources`, "Resources of all types", "list"),
  get(`${group}/resources`, "Resources of a group", "list"),
  get(`${subscription}/providers`, "Namespaces", "list"),
  get(`${subscription}/providers/{namespace}`, "A namespace and its types", "object"),
  {
    method: "POST",
    path: `${subscription}/providers/{namespace}/register`,
    summary: "Register a namespace; all of them are",
    answers: "object",
  },
  get(
    `${network}/locations/{location}/operations/{operationId}`,
    "How far an operation is",
    "object",
  ),
  get(
    `${network}/locations/{location}/operationResults/{operationId}`,
    "What an operation came to",
    "object",
  ),
  get(`${subscription}/operationresults/{operationId}`, "What an operation came to", "object"),
  get(
    `${subscription}/providers/Microsoft.Insights/eventtypes/management/values`,
    "Who changed what",
    "list",
  ),
  get(
    `${network}/locations/{location}/CheckDnsNameAvailability`,
    "Whether a public address could have the name",
    "object",
  ),
  ...["cloudServices", "virtualMachineScaleSets"].flatMap(absentRoutes),
  ...tagMethods.map(
    (method): FixedRoute => ({
      method,
      path: `${group}/${tagsPath}`,
      summary: "The tags of a group",
      answers: "object",
      ...(method === "PUT" || method === "PATCH" ? { sent: true } : {}),
    }),
  ),
  ...["", subscription, group].flatMap(rolesAt),
  ...deploymentRoutes(`${group}/providers/Microsoft.Resources/deployments`),
  get("/causeway/openapi.json", "This document", "object"),
  get("/causeway/nodes", "What the nodes say", "list"),
  get("/causeway/places", "Where machines and gateway instances run", "list"),
  get("/causeway/health", "Whether all is as it should be", "object"),
  get("/causeway/activity", "Who changed what, wherever the caller may look", "list"),
  get("/causeway/events", "Changes of state as server-sent events", "object"),
  get("/causeway/webhooks", "Webhooks of the caller", "list"),
  get("/causeway/webhooks/{webhookName}", "One webhook, and how its deliveries go", "object"),
  {
    method: "PUT",
    path: "/causeway/webhooks/{webhookName}",
    summary: "Have an address told of events",
    answers: "object",
    sent: true,
  },
  {
    method: "DELETE",
    path: "/causeway/webhooks/{webhookName}",
    summary: "Tell it no more",
    answers: "object",
  },
  get("/causeway/accounts", "Accounts", "list"),
  get("/causeway/accounts/{accountName}", "One account", "object"),
  {
    method: "PUT",
    path: "/causeway/accounts/{accountName}",
    summary: "Make an account, or give it a new secret",
    answers: "object",
    sent: true,
  },
  {
    method: "DELETE",
    path: "/causeway/accounts/{accountName}",
    summary: "Take an account away, with what it was given",
    answers: "object",
  },
];

/** There is neither here, and each is answered with that. */
function absentRoutes(kind: string): readonly FixedRoute[] {
  const owner = `${group}/providers/Microsoft.Compute/${kind}/{ownerName}`;
  const instances = kind === "cloudServices" ? "roleInstances" : "virtualMachines";
  const instance = `${owner}/${instances}/{instanceName}/networkInterfaces/{networkInterfaceName}`;
  const all = `${instance}/ipconfigurations/{ipConfigurationName}/publicipaddresses`;
  const said = "404: there is none of these here";
  return [
    get(`${owner}/publicipaddresses`, said, "list"),
    get(all, said, "list"),
    get(`${all}/{publicIpAddressName}`, said, "object"),
  ];
}

function rolesAt(scope: string): readonly FixedRoute[] {
  const at = `${scope}/providers/Microsoft.Authorization`;
  const one = `${at}/roleAssignments/{roleAssignmentName}`;
  return [
    get(`${at}/roleDefinitions`, "Roles", "list"),
    get(`${at}/roleDefinitions/{roleDefinitionName}`, "One role", "object"),
    get(`${at}/roleAssignments`, "Who has which role here", "list"),
    get(one, "One assignment", "object"),
    {
      method: "PUT",
      path: one,
      summary: "Give somebody a role here",
      answers: "object",
      sent: true,
    },
    { method: "DELETE", path: one, summary: "Take the role away", answers: "object" },
  ];
}

function deploymentRoutes(all: string): readonly FixedRoute[] {
  const one = `${all}/{deploymentName}`;
  const put = { method: "PUT", answers: "object", sent: true } as const;
  const post = { method: "POST", answers: "object" } as const;
  return [
    get(all, "Deployments of a group", "list"),
    get(one, "One deployment", "object"),
    { ...put, path: one, summary: "Run a template" },
    { method: "DELETE", path: one, summary: "Forget a deployment", answers: "nothing" },
    { ...post, path: `${one}/validate`, summary: "Check a template", sent: true },
    { ...post, path: `${one}/exportTemplate`, summary: "The template of a deployment" },
    { ...post, path: `${one}/cancel`, summary: "Stop a deployment" },
    get(`${one}/operations`, "What a deployment did", "list"),
    get(`${one}/operationStatuses/{operationId}`, "How far a deployment is", "object"),
  ];
}
