import { Command } from "commander";
import { type Terminal, table } from "../../cli/terminal.ts";
import { examineHost } from "../../drivers/doctor.ts";

export function doctorCommand(terminal: Terminal): Command {
  return new Command("doctor")
    .description(
      "Say what this host can carry, found out by trying it, and what is missing with its remedy. Exit code 1 when something is missing.",
    )
    .option("--json", "print the findings as JSON")
    .action(async (options: { json?: boolean }) => {
      const findings = await examineHost();
      const ok = findings.every((finding) => finding.ok);
      if (options.json) terminal.json({ ok, findings });
      else
        for (const line of table(
          ["what", "", "finding"],
          findings.map((finding) => [
            finding.name,
            finding.ok ? "ok" : "MISSING",
            finding.remedy ? `${finding.detail}. ${finding.remedy}` : finding.detail,
          ]),
        ))
          terminal.line(line);
      process.exitCode = ok ? 0 : 1;
    });
}
