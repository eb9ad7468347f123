/** A template run to its end in a store that is thrown away: what is refused of it is refused all at once. */
import { ArmError, refuse, throwAny } from "../../domain/errors.ts";
import { type Deployment, readDeployment } from "./record.ts";
import { type Running, reasonOf, runDeployment } from "./runner.ts";

/** The deployment as it would be once all nodes followed. The store of `running` is the one to be thrown away. */
export async function rehearseDeployment(
  running: Running,
  deployment: Deployment,
): Promise<Deployment> {
  const refusals: ArmError[] = [];
  const { store } = running.deps;
  const rehearsal = {
    refused: (id: string, error: unknown) => {
      refusals.push(...reasonsAt(id, error));
    },
    settle: (id: string) =>
      store.transaction(async (writer) => {
        const row = await writer.read(id);
        if (row?.provisioningState !== "Updating") return;
        await writer.putResource({ ...row, provisioningState: "Succeeded" });
      }),
  };
  await runDeployment({ ...running, rehearsal }, deployment);
  throwAny(refusals);
  const ended = (await readDeployment(store, deployment.id)) ?? deployment;
  // Where no part was refused it is the template as a whole, or an output.
  if (ended.state === "Failed")
    throw refuse("InvalidTemplate", "properties.template", ended.error?.message ?? "It failed.");
  return ended;
}

/** Each reason by itself, with the resource in front of its field. */
function reasonsAt(id: string, error: unknown): readonly ArmError[] {
  if (!(error instanceof ArmError)) return [refuse("InvalidTemplate", id, reasonOf(error).message)];
  const reasons = error.details.length > 0 ? error.details : [error];
  return reasons.map(({ status, code, message, target }) => {
    const at = target === undefined || target === "" ? id : `${id} ${target}`;
    return new ArmError({ status, code, message, target: at });
  });
}
