import { UsageError } from "../../cli/usage-error.ts";
import { type Client, createClient } from "../../client/client.ts";
import { clientCredentials } from "../../client/token-source.ts";
import { answers } from "../answers.ts";
import { type Credentials, DataFolder, type Principal } from "../data-folder.ts";

export type SignedInOptions = { readonly data: string; readonly as: Principal["name"] };

/** A client that signs in as the principal; whoever makes it has trusted the folder's authority. */
export function clientAs(
  { endpoint, tenantId }: Credentials,
  { clientId, clientSecret }: Principal,
): Client {
  const token = clientCredentials({ endpoint, tenantId, clientId, clientSecret });
  return createClient({ endpoint, token });
}

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
    !(await answers(credentials.endpoint, folder))
  ) {
    throw new UsageError(
      `No server answers for the data folder ${folder.path}. Start one with 'causeway up --data ${data}'.`,
    );
  }
  return {
    client: clientAs(credentials, principal),
    credentials,
    principal,
  };
}
