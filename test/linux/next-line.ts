import type { ChildProcess } from "node:child_process";

/** What a program in a namespace prints next. */
export function nextLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const failed = () => reject(new Error("the program ended before it answered"));
    const take = (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes("\n")) return;
      child.stdout?.off("data", take);
      child.off("close", failed);
      resolve(text.split("\n")[0] ?? "");
    };
    child.stdout?.on("data", take);
    child.once("close", failed);
  });
}
