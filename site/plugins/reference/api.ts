import { readFileSync } from "node:fs";
import {
  Application,
  type Comment,
  type DeclarationReflection,
  FileRegistry,
  type JSONOutput,
  type ProjectReflection,
  ReferenceType,
  ReflectionKind,
  type SomeType,
} from "typedoc";

/** A function of the package, as the page of functions shows it. */
export interface Entry {
  name: string;
  /** As it is called. */
  call: string;
  /** What it gives, in a line. */
  gives: string;
  markdown: string;
}

const FUNCTIONS = ReflectionKind.Variable | ReflectionKind.Function;

/** The functions in the order of the table of the README, with what their documentation comments say. */
export async function readApi(json: string, readme: string): Promise<Entry[]> {
  const application = await Application.bootstrap({ entryPoints: [] });
  const data: JSONOutput.ProjectReflection = JSON.parse(readFileSync(json, "utf8"));
  const project = application.deserializer.reviveProject("", data, {
    projectRoot: process.cwd() as never,
    registry: new FileRegistry(),
  });
  const found = new Map(
    project
      .getReflectionsByKind(FUNCTIONS)
      .map((reflection) => [reflection.name, reflection as DeclarationReflection]),
  );
  return rowsOf(readme).flatMap(({ name, call, gives }) => {
    const reflection = found.get(name);
    return reflection ? [{ name, call, gives, markdown: describe(reflection, project) }] : [];
  });
}

/** The rows of the README's table of functions: one for each name of a row. */
function rowsOf(readme: string): Pick<Entry, "name" | "call" | "gives">[] {
  const table = readme.slice(readme.indexOf("## Functions"), readme.indexOf("## Options"));
  return [...table.matchAll(/^\| (`.*?) +\| (.*?) +\|$/gm)].flatMap(([, calls, gives]) =>
    [...calls.matchAll(/`(.+?)`/g)].map(([, call]) => {
      const name = /^(?:new )?(\w+)/.exec(call)?.[1] ?? call;
      return { name, call: call.replaceAll("\\|", "|"), gives: gives.replaceAll("\\|", "|") };
    }),
  );
}

function describe(reflection: DeclarationReflection, project: ProjectReflection): string {
  const comment = reflection.comment ?? reflection.signatures?.[0]?.comment;
  const options = optionsOf(reflection, project);
  return [
    comment ? textOf(comment.summary) : "",
    ...tagged(comment, "@example"),
    optionsList(options),
    list("Throws", tagged(comment, "@throws")),
  ]
    .filter(Boolean)
    .join("\n\n");
}

function textOf(parts: Comment["summary"]): string {
  return parts.map(({ text }) => text).join("");
}

function tagged(comment: Comment | undefined, tag: `@${string}`): string[] {
  return comment?.getTags(tag).map(({ content }) => textOf(content)) ?? [];
}

function list(title: string, items: readonly string[]): string {
  return items.length === 0
    ? ""
    : `**${title}**\n\n${items.map((item) => `- ${item.replaceAll("\n", " ")}`).join("\n")}`;
}

/** The interface or type named …Options that the type or a parameter of a function refers to. */
function optionsOf(reflection: DeclarationReflection, project: ProjectReflection): DeclarationReflection[] {
  const types = [
    reflection.type,
    ...(reflection.signatures ?? []).flatMap(({ parameters = [] }) => parameters.map(({ type }) => type)),
  ];
  const name = types.map((type) => optionsName(type)).find(Boolean);
  const found = project
    .getReflectionsByKind(ReflectionKind.Interface | ReflectionKind.TypeAlias)
    .find((other) => other.name === name) as DeclarationReflection | undefined;
  return (found?.children ?? []).filter(({ kind }) => kind === ReflectionKind.Property);
}

function optionsName(type: SomeType | undefined): string | undefined {
  if (!(type instanceof ReferenceType)) return undefined;
  if (/Options$/.test(type.name)) return type.name;
  return type.typeArguments?.map((argument) => optionsName(argument)).find(Boolean);
}

function optionsList(options: readonly DeclarationReflection[]): string {
  const items = options.map(
    ({ name, type, comment }) =>
      `**\`${name}\`**: ${String(type).replace(/[<>|[\]]/g, "\\$&")}. ${comment ? textOf(comment.summary) : ""}`,
  );
  return list("Options", items);
}
