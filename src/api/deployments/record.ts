/** A deployment as the store keeps it. Parameters are sealed: any of them may be a secret. */
import { isObject } from "../../domain/fields.ts";
import type { Sealer } from "../../domain/resource.ts";
import type { Json, JsonObject, RecordReader, StoreWriter } from "../../store/store.ts";
import type { Principal } from "../context.ts";
import { isSecure, nameIn, valueSent } from "./template.ts";

export type DeploymentState = "Running" | "Succeeded" | "Failed" | "Canceled";

export type Deployment = {
  readonly id: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** By whose right its resources are written. */
  readonly principal: Principal;
  readonly template: JsonObject;
  readonly sealedParameters: string;
  readonly state: DeploymentState;
  readonly correlationId: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly steps: readonly Step[];
  readonly outputs?: JsonObject;
  readonly error?: { readonly code: string; readonly message: string };
};

/** What became of one resource. */
export type Step = {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly state: "Running" | "Succeeded" | "Failed";
  readonly error?: { readonly code: string; readonly message: string };
};

const kind = "deployment";

export async function readDeployment(
  reader: RecordReader,
  id: string,
): Promise<Deployment | undefined> {
  const body = await reader.readRecord(kind, id.toLowerCase());
  // Only `putDeployment` writes this kind.
  return body as unknown as Deployment | undefined;
}

export async function listDeployments(reader: RecordReader): Promise<readonly Deployment[]> {
  const rows = await reader.listRecords(kind);
  return rows.map(({ body }) => body as unknown as Deployment);
}

export async function putDeployment(writer: StoreWriter, deployment: Deployment): Promise<void> {
  const body = deployment as unknown as JsonObject;
  await writer.putRecord({ kind, key: deployment.id.toLowerCase(), body });
}

export async function removeDeployment(writer: StoreWriter, id: string): Promise<void> {
  await writer.removeRecord(kind, id.toLowerCase());
}

export function parametersOf({ sealedParameters }: Deployment, sealer: Sealer): JsonObject {
  const value = JSON.parse(sealer.open(sealedParameters)) as Json;
  return isObject(value) ? value : {};
}

/** As an answer shows them: the type of each, and the value unless it is a secret. */
export function shownParameters(deployment: Deployment, sealer: Sealer): JsonObject {
  const declared = deployment.template["parameters"];
  if (!isObject(declared)) return {};
  const sent = parametersOf(deployment, sealer);
  return Object.fromEntries(
    Object.entries(declared).map(([name, one]) => {
      const type = isObject(one) ? String(one["type"]) : "";
      const value = valueSent(sent, nameIn(sent, name) ?? name);
      return [name, isSecure(one) || value === undefined ? { type } : { type, value }];
    }),
  );
}
