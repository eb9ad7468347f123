/**
 * Writes what a template asks for: each resource when what it waits for is there. Every write is a PUT that
 * may be repeated, so that a deployment which a crash broke off is simply run again.
 */
import { isoTime } from "../../base/clock.ts";
import { ArmError } from "../../domain/errors.ts";
import { isObject } from "../../domain/fields.ts";
import { groupId } from "../../domain/resource-id.ts";
import type { Json, JsonObject } from "../../store/store.ts";
import { type ApiDependencies, sealerOf } from "../context.ts";
import { evaluateAll, type Scope } from "./evaluate.ts";
import { TemplateError } from "./expression.ts";
import {
  type Deployment,
  parametersOf,
  putDeployment,
  readDeployment,
  type Step,
} from "./record.ts";
import { type Lookup, NotReady, type Send, scopeOf } from "./scope.ts";
import { idOfPart, type Part, partsOf } from "./template.ts";

export type Running = {
  readonly deps: ApiDependencies;
  readonly send: Send;
  /** Of a dry run: no node follows, and every part that can be is tried, whatever became of the others. */
  readonly rehearsal?: {
    settle(id: string): Promise<void>;
    refused(id: string, error: unknown): void;
  };
};

const pollMs = 200;

/** Ends with the deployment's record saying how it went; it never throws. */
export async function runDeployment(running: Running, deployment: Deployment): Promise<void> {
  try {
    const run = await prepare(running, deployment);
    await new Run(running, deployment, run).toTheEnd();
  } catch (error) {
    await finish(running, deployment.id, { state: "Failed", error: reasonOf(error) }).catch(
      (cause: unknown) =>
        running.deps.log("warn", "a deployment's end could not be kept", {
          id: deployment.id,
          error: String(cause),
        }),
    );
  }
}

type Prepared = {
  readonly parts: readonly Part[];
  readonly scope: Scope;
  readonly place: Place;
};

/** Reads the whole template: every name, condition, copy and dependency, before anything is written. */
export async function prepare({ deps, send }: Running, deployment: Deployment): Promise<Prepared> {
  const group = groupId(deployment.subscriptionId, deployment.resourceGroup);
  const row = await deps.store.read(group);
  const place = new Place(group);
  const scope = scopeOf(deployment, {
    deps,
    parameters: parametersOf(deployment, sealerOf(deps)),
    location: row?.location ?? "",
    send,
    lookup: place.lookup,
  });
  const parts = await partsOf(deployment.template, scope);
  place.fill(parts);
  return { parts, scope, place };
}

/** The template's resources by everything that a template may call them. */
class Place {
  readonly #group: string;
  /** By every word that a template may call them, in lower case. */
  readonly #named = new Map<string, Part[]>();
  readonly done = new Set<string>();

  constructor(group: string) {
    this.#group = group;
  }

  fill(parts: readonly Part[]): void {
    for (const part of parts) {
      const id = this.idOf(part);
      if (this.#named.has(id.toLowerCase()))
        throw new TemplateError(`The template has ${id} twice; name each once.`);
      const words = [id, `${part.type}/${part.name}`, part.name, part.symbol, part.copy];
      const names = new Set(words.flatMap((word) => word?.toLowerCase() ?? []));
      for (const name of names) this.#named.set(name, [...(this.#named.get(name) ?? []), part]);
    }
    for (const part of parts) this.waitsFor(part);
    for (const part of parts.filter(({ idle }) => idle))
      this.done.add(this.idOf(part).toLowerCase());
  }

  idOf(part: Part): string {
    return idOfPart(part, this.#group);
  }

  /** Ids of what a part waits for. */
  waitsFor({ name, dependsOn }: Part): readonly string[] {
    return dependsOn.flatMap((word) => {
      const found = this.#named.get(word.toLowerCase());
      if (found !== undefined) return found.map((part) => this.idOf(part).toLowerCase());
      // What stands outside the template is waited for by nobody.
      if (word.includes("/")) return [];
      throw new TemplateError(
        `${name} depends on "${word}", which is no resource of the template.`,
      );
    });
  }

  /** A resource of the template that the value names by its id and that is not there yet. */
  unwrittenIn(value: Json): string | undefined {
    if (typeof value === "string") {
      const id = value.toLowerCase();
      return id.startsWith("/") && this.#named.has(id) && !this.done.has(id) ? id : undefined;
    }
    if (typeof value !== "object" || value === null) return undefined;
    for (const part of Object.values(value)) {
      const found = this.unwrittenIn(part);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  readonly lookup: Lookup = (target) => {
    const [part] = this.#named.get(target.toLowerCase()) ?? [];
    if (part !== undefined) {
      const id = this.idOf(part);
      return { id, ready: this.done.has(id.toLowerCase()) };
    }
    if (target.startsWith("/")) return { id: target, ready: true };
    throw new TemplateError(
      `"${target}" is referred to and is no resource of the template; use its id.`,
    );
  };
}

class Run {
  readonly #running: Running;
  readonly #deployment: Deployment;
  readonly #prepared: Prepared;
  readonly #steps = new Map<string, Step>();
  /** What parts were found to wait for while they were evaluated. */
  readonly #found = new Map<Part, string>();

  constructor(running: Running, deployment: Deployment, prepared: Prepared) {
    this.#running = running;
    this.#deployment = deployment;
    this.#prepared = prepared;
  }

  async toTheEnd(): Promise<void> {
    const { place, scope } = this.#prepared;
    let waiting = this.#prepared.parts.filter(({ idle }) => !idle);
    for (;;) {
      const { deps, rehearsal } = this.#running;
      if ((await readDeployment(deps.store, this.#deployment.id))?.state !== "Running") return;
      const ready = waiting.filter((part) => this.#isReady(part));
      const failed = [...this.#steps.values()].filter(({ state }) => state === "Failed");
      if (failed.length > 0 && (rehearsal === undefined || ready.length === 0))
        return this.#end({ state: "Failed", error: failureOf(failed) });
      if (waiting.length === 0) break;
      if (ready.length === 0) {
        const names = waiting.map(({ name }) => name).join(", ");
        throw new TemplateError(
          `${names} wait for one another; break the circle in their dependsOn.`,
        );
      }
      const written = await this.#writeAll(ready);
      for (const part of written) place.done.add(place.idOf(part).toLowerCase());
      waiting = waiting.filter((part) => !written.has(part) && !this.#hasFailed(part));
    }
    const outputs = await outputsOf(this.#deployment.template, scope);
    await this.#end({ state: "Succeeded", outputs });
  }

  #isReady(part: Part): boolean {
    const { place } = this.#prepared;
    const found = this.#found.get(part);
    return [...place.waitsFor(part), ...(found === undefined ? [] : [found])].every((id) =>
      place.done.has(id),
    );
  }

  #hasFailed(part: Part): boolean {
    return this.#steps.get(this.#prepared.place.idOf(part))?.state === "Failed";
  }

  /** PUTs what can be evaluated, and gives what is there once nodes have followed. */
  async #writeAll(ready: readonly Part[]): Promise<ReadonlySet<Part>> {
    const bodies: { part: Part; body: Json }[] = [];
    for (const part of ready) {
      const body = await this.#bodyOf(part);
      if (body === undefined) continue;
      bodies.push({ part, body });
      this.#note(part, { state: "Running" });
    }
    await this.#keep();
    const written = new Set<Part>();
    await Promise.all(
      bodies.map(async ({ part, body }) => {
        if (await this.#write(part, body)) written.add(part);
      }),
    );
    await this.#keep();
    return written;
  }

  /** Undefined where it waits for another part, or cannot be. */
  async #bodyOf(part: Part): Promise<Json | undefined> {
    const { place, scope } = this.#prepared;
    try {
      const body = await evaluateAll(part.body, { ...scope, rounds: part.rounds });
      // The original leaves it to the author to say so, and fails where it was forgotten.
      const awaited = place.unwrittenIn(body);
      if (awaited === undefined) return body;
      this.#found.set(part, awaited);
      return undefined;
    } catch (error) {
      if (error instanceof NotReady) this.#found.set(part, error.id.toLowerCase());
      else this.#refused(part, error);
      return undefined;
    }
  }

  async #write(part: Part, body: Json): Promise<boolean> {
    const path = this.#prepared.place.idOf(part);
    try {
      await this.#running.send({ method: "PUT", path, apiVersion: part.apiVersion, body });
      await this.#settled(path);
      this.#note(part, { state: "Succeeded" });
      return true;
    } catch (error) {
      this.#refused(part, error);
      return false;
    }
  }

  #refused(part: Part, error: unknown): void {
    this.#running.rehearsal?.refused(this.#prepared.place.idOf(part), error);
    this.#note(part, { state: "Failed", error: reasonOf(error) });
  }

  #note(part: Part, state: Pick<Step, "state" | "error">): void {
    const id = this.#prepared.place.idOf(part);
    this.#steps.set(id, { id, type: part.type, name: part.name, ...state });
  }

  async #settled(id: string): Promise<void> {
    const { rehearsal } = this.#running;
    if (rehearsal !== undefined) return rehearsal.settle(id);
    const { store, clock } = this.#running.deps;
    for (;;) {
      const row = await store.read(id);
      if (row?.provisioningState === "Failed") {
        throw new TemplateError(row.error?.message ?? `${id} failed.`);
      }
      if (row?.provisioningState !== "Updating") return;
      await clock.sleep(pollMs);
    }
  }

  async #keep(): Promise<void> {
    await change(this.#running, this.#deployment.id, { steps: [...this.#steps.values()] });
  }

  async #end(end: Pick<Deployment, "state" | "outputs" | "error">): Promise<void> {
    await finish(this.#running, this.#deployment.id, end);
  }
}

async function outputsOf(template: JsonObject, scope: Scope): Promise<JsonObject> {
  const outputs: Record<string, Json> = {};
  for (const [name, one] of Object.entries(
    isObject(template["outputs"]) ? template["outputs"] : {},
  )) {
    if (!isObject(one) || (await evaluateAll(one["condition"] ?? true, scope)) === false) continue;
    const type = String(one["type"] ?? "object");
    const value = await evaluateAll(one["value"] ?? null, scope);
    outputs[name] = type.toLowerCase().startsWith("secure") ? { type } : { type, value };
  }
  return outputs;
}

function failureOf(failed: readonly Step[]) {
  const message = failed.map(({ id, error }) => `${id}: ${error?.message ?? ""}`).join(" ");
  return { code: "DeploymentFailed", message };
}

export function reasonOf(error: unknown): { code: string; message: string } {
  if (error instanceof ArmError) return { code: error.code, message: error.message };
  const message =
    error instanceof TemplateError ? error.message : "The server failed inside; its log says how.";
  return {
    code: error instanceof TemplateError ? "InvalidTemplate" : "InternalServerError",
    message,
  };
}

async function finish(
  running: Running,
  id: string,
  end: Pick<Deployment, "state" | "outputs" | "error">,
): Promise<void> {
  await change(running, id, { ...end, endedAt: isoTime(running.deps.clock) });
}

/** One that was cancelled or deleted meanwhile stays so. */
async function change({ deps }: Running, id: string, changes: Partial<Deployment>): Promise<void> {
  await deps.store.transaction(async (writer) => {
    const held = await readDeployment(writer, id);
    if (held?.state === "Running") await putDeployment(writer, { ...held, ...changes });
  });
}
