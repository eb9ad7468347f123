import { bird } from "./bird.ts";
import { ciscoIosXe } from "./cisco-ios-xe.ts";
import { frr } from "./frr.ts";
import { juniperJunos } from "./juniper-junos.ts";
import type { RouterTemplate } from "./request.ts";

/** Every router that a configuration can be written for; a new one is its file and a line here. */
export const routerTemplates: readonly RouterTemplate[] = [frr, bird, ciscoIosXe, juniperJunos];
