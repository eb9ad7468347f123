/** The tags of every resource that has some, by themselves. */
import { definitions } from "../../domain/registry.ts";
import { types } from "../../domain/types.ts";
import { tagsPath } from "../path.ts";
import { tagMethods, tagsReply } from "../tags.ts";
import type { ActionDefinition } from "./action.ts";

export const tagActions: readonly ActionDefinition[] = definitions
  .filter(({ tracked, type }) => tracked && type !== types.resourceGroup)
  .flatMap(({ type }) =>
    tagMethods.map(
      (method): ActionDefinition => ({ type, method, path: tagsPath, answer: tagsReply }),
    ),
  );
