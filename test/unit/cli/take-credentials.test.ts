import { describe, expect, it } from "vitest";
import { VARIABLES } from "../../../cli/environment.ts";
import { takeCredentials } from "../../../cli/take-credentials.ts";
import { SECRETS } from "../../../shared/core/secret-forms.ts";

describe("the environment that child processes inherit", () => {
  it("has no secret of ours, and none of another program's, whichever way it is written", () => {
    const names = [
      ...Object.keys(SECRETS),
      "CF_ACCESS_CLIENT_SECRET",
      "GITHUB_TOKEN",
      "aws_secret_access_key",
      "PGPASSWORD",
    ];
    const env: NodeJS.ProcessEnv = Object.fromEntries(names.map((name) => [name, "a value of the test"]));
    const taken = takeCredentials(env);
    expect(env).toEqual({});
    expect(Object.keys(taken)).toEqual(names);
  });

  it("keeps what programs need, and every variable of ours that is no credential", () => {
    const ours = Object.keys(VARIABLES).filter((name) => !/KEY|TOKEN|SECRET/.test(name));
    const names = [...ours, "PATH", "HOME", "TMPDIR", "NODE_OPTIONS", "npm_lifecycle_event", "HTTPS_PROXY"];
    const env: NodeJS.ProcessEnv = Object.fromEntries(names.map((name) => [name, "x"]));
    takeCredentials(env);
    expect(Object.keys(env)).toEqual(names);
  });
});
