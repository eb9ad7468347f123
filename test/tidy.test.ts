/** The house rules that a machine can hold. Each failure says what to do. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, normalize, relative } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const src = join(root, "src");

/** Who may import whom; itself always. Stands in ARCHITECTURE.md too. */
const importTable: Readonly<Record<string, readonly string[]>> = {
  base: [],
  domain: ["base", "fabric"],
  fabric: ["base"],
  plan: ["base", "domain", "fabric"],
  routing: ["base", "fabric"],
  verify: ["base", "domain", "fabric", "routing"],
  store: ["base", "domain", "fabric"],
  reconcile: ["base", "domain", "fabric", "plan", "store"],
  api: ["base", "domain", "fabric", "plan", "verify", "store"],
  client: ["base", "domain", "fabric"],
  drivers: ["base", "fabric"],
  agent: ["base", "fabric", "client", "drivers"],
  cli: ["base", "domain", "fabric", "client", "verify"],
  lab: ["base", "domain", "fabric", "plan"],
  control: ["base", "domain", "fabric", "plan", "store", "reconcile", "api", "agent", "lab"],
  world: [
    "base",
    "domain",
    "fabric",
    "plan",
    "routing",
    "verify",
    "store",
    "reconcile",
    "api",
    "client",
    "drivers",
    "agent",
    "lab",
    "control",
  ],
};

/** Folders whose code may not reach the machine, the clock or the network. */
const pure = ["domain", "plan", "routing", "verify", "lab"];
const pureAllows = ["node:crypto", "node:net"];

/** Where time and chance enter; everything else takes a Clock or a Random. */
const impure = ["base", "main"];
/** A program that runs inside namespaces: its own main. */
const programs = ["src/drivers/probe/traffic.ts"];

const bannedWords = [
  "util",
  "utils",
  "helper",
  "helpers",
  "manager",
  "handler",
  "common",
  "shared",
  "misc",
  "impl",
];

const sources = files(src).filter((file) => /\.tsx?$/.test(file));
const code = sources.filter((file) => !/\.(test|contract)\.ts$/.test(file));

test("imports follow the table", () => {
  const wrong = sources.flatMap((file) => {
    const from = folderOf(file);
    return importsOf(file)
      .filter((target) => target.startsWith("."))
      .map((target) => folderOf(normalize(join(dirname(file), target))))
      .filter((to) => from !== "main" && to !== from && !(importTable[from] ?? []).includes(to))
      .map(
        (to) =>
          `${name(file)} imports ${to}; ${from} may import only ${(importTable[from] ?? []).join(", ") || "nothing"}`,
      );
  });
  expect(wrong).toEqual([]);
});

test("pure folders import no part of Node that acts", () => {
  const wrong = code
    .filter((file) => pure.includes(folderOf(file)))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith("node:") && !pureAllows.includes(target))
        .map((target) => `${name(file)} imports ${target}: take it as a parameter`),
    );
  expect(wrong).toEqual([]);
});

test("time and chance enter by base and main alone", () => {
  const banned = /\b(Date\.now|Math\.random|randomUUID|setTimeout|setInterval)\b/;
  const wrong = code
    .filter((file) => !impure.includes(folderOf(file)) && !programs.includes(name(file)))
    .flatMap((file) =>
      linesOf(file).flatMap((line, i) =>
        banned.test(line)
          ? [`${name(file)}:${i + 1} ${line.trim()}: take a Clock or a Random`]
          : [],
      ),
    );
  expect(wrong).toEqual([]);
});

test("files have at most 400 lines", () => {
  const long = sources
    .filter((file) => !/\.(test|contract)\.ts$/.test(file) && linesOf(file).length > 401)
    .map((file) => `${name(file)}: ${linesOf(file).length} lines; split it by noun`);
  expect(long).toEqual([]);
});

test("names are kebab-case nouns without filler words", () => {
  const wrong = [...sources, ...files(join(root, "test"))]
    .filter((file) => /\.tsx?$/.test(file))
    .filter((file) => {
      const words = basename(file)
        .replace(/\.(test|contract|config)?\.?tsx?$/, "")
        .split(/[-.]/);
      return (
        !/^[a-z0-9.-]+$/.test(basename(file)) || words.some((word) => bannedWords.includes(word))
      );
    });
  expect(wrong.map(name)).toEqual([]);
});

test("no shell strings, no leftovers of work under way", () => {
  const banned: readonly [RegExp, string][] = [
    [/\bexecSync\(|\bexecFileSync\(/, "wait for it: nothing blocks the loop"],
    [/shell:\s*true/, "give the program an argument array"],
    [/FIX[M]E|@ts-(ignore|nocheck)/, "mend it instead"],
    [/\bexport default\b/, "export by name"],
  ];
  const wrong = sources.flatMap((file) =>
    linesOf(file).flatMap((line, i) =>
      banned
        .filter(([pattern]) => pattern.test(line))
        .map(([, remedy]) => `${name(file)}:${i + 1} ${line.trim()}: ${remedy}`),
    ),
  );
  expect(wrong).toEqual([]);
});

test("tests sit beside the file they are named after", () => {
  const lonely = sources
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) => {
      const subject = file.replace(/\.test\.ts$/, ".ts");
      const folder = dirname(file);
      return !existsSync(subject) && basename(folder) !== basename(file).replace(".test.ts", "");
    });
  expect(lonely.map((file) => `${name(file)} names no file or folder beside it`)).toEqual([]);
});

test("the lockfile names no registry, and nothing tracked names a machine's own paths", () => {
  expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(/"resolved": *"/);
});

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry);
    return statSync(path).isDirectory() ? files(path) : [path];
  });
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
    ([, target]) => target ?? "",
  );
}

function folderOf(file: string): string {
  return relative(src, file).split("/")[0] ?? "";
}

function linesOf(file: string): string[] {
  return readFileSync(file, "utf8").split("\n");
}

function name(file: string): string {
  return relative(root, file);
}
