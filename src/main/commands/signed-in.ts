import { UsageError } from "../../cli/usage-error.ts";
import { type Client, createClient } from "../../client/client.ts";
import { type Credentials, DataFolder, type Principal } from "../data-folder.ts";
import { answers } from "./up.ts";

/** A client of the server that runs on a data folder, as one of its principals. */
export async function signedIn(
  data: string,
  name: Principal["name"],
): Promise<{ client: Client; credentials: Credentials; principal: Principal }> {
  const folder = new DataFolder(data);
  const credentials = await folder.readCredentials();
  const principal = credentials?.principals.find((candidate) => candidate.name === name);
  if (
    credentials === undefined ||
    principal === undefined ||
    !(await answers(credentials.endpoint))
  ) {
    throw new UsageError(
      `No server answers for the data folder ${folder.path}. Start one with 'causeway up --data ${data}'.`,
    );
  }
  return {
    client: createClient({ endpoint: credentials.endpoint, token: principal.clientSecret }),
    credentials,
    principal,
  };
}
