/** The page on which a person approves a device: plain HTML, no script, and the password every time, so that no session can be abused. */
import type { Reply } from "../context.ts";

export function devicePage({
  userCode = "",
  notice = "",
  done = false,
}: {
  userCode?: string;
  notice?: string;
  done?: boolean;
}): Reply {
  const form = `<p>A program that you started shows a code. Enter it only if you started that program yourself.</p>
<form method="post" action="/devicelogin">
<p><label>Code <input name="user_code" value="${textOf(userCode)}" autocomplete="off" required></label></p>
<p><label>Name <input name="username" autocomplete="username" required></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Approve</button></p>
</form>`;
  return {
    status: notice === "" || done ? 200 : 400,
    headers: {
      "Content-Security-Policy":
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      "Referrer-Policy": "no-referrer",
    },
    html: `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Causeway: approve a device</title>
<h1>Approve a device</h1>
<p role="status">${textOf(notice)}</p>
${done ? "" : form}
</html>
`,
  };
}

function textOf(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
