/**
 * The language of template expressions: `[concat(parameters('name'), '-gw')]`. Text to a tree; no
 * library that is kept up was found for it.
 */

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "member"; readonly of: Expression; readonly key: Expression };

/** A template that cannot be understood or evaluated. The message says what would pass. */
export class TemplateError extends Error {}

/** Undefined where the text is no expression; a leading `[[` stands for a bracket. */
export function expressionIn(text: string): Expression | undefined {
  if (!text.startsWith("[") || !text.endsWith("]") || text.startsWith("[[")) return undefined;
  return parseExpression(text.slice(1, -1));
}

export function plainText(text: string): string {
  return text.startsWith("[[") ? text.slice(1) : text;
}

export function parseExpression(text: string): Expression {
  if (text.length > lengthMax) {
    throw new TemplateError(
      `The expression [${text.slice(0, 200)}… has more than ${lengthMax} characters; send a shorter one.`,
    );
  }
  const parser = new Parser(text);
  const expression = parser.expression();
  parser.end();
  return expression;
}

const token = /\s*(?:('(?:[^']|'')*')|(-?\d+)|([A-Za-z_$][\w$]*(?:\.[A-Za-z_]\w*)?)|([()[\],.]))/y;
const depthMax = 100;
/** As the original has it. */
const lengthMax = 24_576;

class Parser {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  expression(): Expression {
    this.#depth += 1;
    if (this.#depth > depthMax) throw this.#error(`nests deeper than ${depthMax} levels`);
    let expression = this.#primary();
    for (let members = 0; ; members += 1) {
      if (members > depthMax) throw this.#error(`has more than ${depthMax} members in a row`);
      if (this.#takes(".")) {
        const name = this.#next();
        // A dotted word is one token, as the names of functions in a namespace are.
        for (const part of name.split("."))
          expression = { kind: "member", of: expression, key: { kind: "literal", value: part } };
      } else if (this.#takes("[")) {
        expression = { kind: "member", of: expression, key: this.expression() };
        this.#expect("]");
      } else break;
    }
    this.#depth -= 1;
    return expression;
  }

  end(): void {
    if (this.#at < this.#tokens.length)
      throw this.#error(`has "${this.#tokens[this.#at]}" too many`);
  }

  #primary(): Expression {
    const text = this.#next();
    if (text.startsWith("'"))
      return { kind: "literal", value: text.slice(1, -1).replaceAll("''", "'") };
    if (/^-?\d/.test(text)) return { kind: "literal", value: Number(text) };
    if (!/^[A-Za-z_$]/.test(text)) throw this.#error(`has "${text}" where a value should be`);
    this.#expect("(");
    const args: Expression[] = [];
    if (!this.#takes(")")) {
      do args.push(this.expression());
      while (this.#takes(","));
      this.#expect(")");
    }
    return { kind: "call", name: text, args };
  }

  #next(): string {
    const text = this.#tokens[this.#at];
    if (text === undefined) throw this.#error("ends too early");
    this.#at += 1;
    return text;
  }

  #takes(text: string): boolean {
    if (this.#tokens[this.#at] !== text) return false;
    this.#at += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#takes(text))
      throw this.#error(`has no "${text}" after "${this.#tokens[this.#at - 1]}"`);
  }

  #error(what: string): TemplateError {
    return new TemplateError(`The expression [${this.#text.slice(0, 200)}] ${what}.`);
  }
}

function tokensOf(text: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < text.trimEnd().length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) {
      throw new TemplateError(
        `The expression [${text.slice(0, 200)}] cannot be read at "${text.slice(at, at + 20).trim()}".`,
      );
    }
    found.push(match[0].trim());
  }
  return found;
}
