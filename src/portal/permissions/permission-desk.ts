import { sha256Base64Url } from "../../core/bytes.ts";
import type { ClientId } from "../../core/ids.ts";
import { actOf, type Whose } from "../acting/acting.ts";
import type { Directory } from "../gateways/directory.ts";
import { eachAtOnce } from "../gateways/each-at-once.ts";
import { type Gap, gapOf } from "../gateways/gap.ts";
import type { GatewayAnswer, GatewayClient } from "../gateways/gateway-client.ts";
import {
  type ActOutcome,
  type PermissionAct,
  type PermissionPage,
  readPermissionPage,
  readText,
  type ShownPermission,
  type ShownText,
} from "./permission-answer.ts";

/** The person's list, from all subsystems of the instance. */
export interface PermissionList {
  /** Newest first. */
  readonly permissions: readonly ShownPermission[];
  readonly gaps: readonly Gap[];
}

/** What the person does without a text: with the sign-in of the session. */
export type PlainAct = "decline" | "withdraw";

const mostPages = 20;
/** Of what one subsystem tells, bytes: sessions keep it. */
const mostTold = 2 * 1024 * 1024;

/** Asks the gateways of providers for a person's permissions, and hands them what the person does. */
export class PermissionDesk {
  readonly #client: GatewayClient;
  readonly #directory: Directory;
  readonly #scheme: string;

  /** @param scheme of the persons' identifiers */
  constructor(client: GatewayClient, directory: Directory, scheme: string) {
    this.#client = client;
    this.#directory = directory;
    this.#scheme = scheme;
  }

  /** @throws NoDirectory when nobody can be asked */
  async list(whose: Whose): Promise<PermissionList> {
    const permissions: ShownPermission[] = [];
    const gaps: Gap[] = [];
    await eachAtOnce(await this.#directory.subsystems(), async (subsystem) => {
      let length = 0;
      for (let page = 1, before: string | undefined; page <= mostPages; page++) {
        const place = before === undefined ? {} : { before };
        const answer = await this.#ask(subsystem.id, whose, { act: "list", ...place });
        const told = pageIn(answer, subsystem.id);
        length += answer.kind === "answer" ? answer.bytes.length : 0;
        if (told === undefined || length > mostTold) return void gaps.push(gapOf(subsystem, answer));
        permissions.push(...told.permissions);
        if (!told.more || told.permissions.length === 0) return;
        before = told.permissions.at(-1)!.permission.id;
      }
    });
    permissions.sort((one, other) => (one.permission.id < other.permission.id ? 1 : -1));
    return { permissions: apart(permissions), gaps };
  }

  /** The text that the person is to read; undefined when it cannot be had, or is not what its digest says. */
  async text(userId: string, act: PermissionAct): Promise<ShownText | undefined> {
    const { permission, to } = act;
    const until = to === undefined ? {} : { to };
    const answer = await this.#ask(
      act.provider,
      { userId, acting: act.acting },
      { act: "text", of: act.act, permission, ...until },
    );
    return answer.kind === "answer" && answer.status === 200 ? readText(answer.value, act) : undefined;
  }

  /** Gives or extends. @param token of the sign-in that was made for the text of this act */
  give(
    userId: string,
    { act, acting, provider, permission, revision, to }: PermissionAct,
    token: string,
  ): Promise<ActOutcome> {
    const until = to === undefined ? {} : { to };
    return this.#act(provider, { userId, acting }, { act, permission, revision, token, ...until });
  }

  /** Declines or withdraws; nobody is asked for a reason. @param token of the session's sign-in */
  end(
    whose: Whose,
    act: PlainAct,
    { permission, provider }: ShownPermission,
    token: string,
  ): Promise<ActOutcome> {
    const { id, revision } = permission;
    return this.#act(provider, whose, { act, permission: id, revision, token });
  }

  async #act(
    provider: ClientId,
    whose: Whose,
    body: { readonly act: ActOutcome; readonly [name: string]: unknown },
  ): Promise<ActOutcome> {
    const answer = await this.#ask(provider, whose, body);
    if (answer.kind === "answer" && answer.status === 200) return body.act;
    return answer.kind === "refused" ? (outcomes[answer.code] ?? "failed") : "failed";
  }

  #ask(provider: ClientId, whose: Whose, act: object): Promise<GatewayAnswer> {
    const asked = actOf(whose, this.#scheme, act);
    return this.#client.ask({ provider, service: "sealway.permission", userId: whose.userId, ...asked });
  }
}

/**
 * Ids are known to both parties of a permission: where another subsystem tells of one, too, neither takes the place of the
 * other, or a withdrawal would go to whoever was heard last.
 */
function apart(permissions: readonly ShownPermission[]): ShownPermission[] {
  const byId = Map.groupBy(permissions, ({ permission }) => permission.id);
  return permissions.map((shown) => {
    const { id } = shown.permission;
    const name = byId.get(id)!.length === 1 ? id : `${id}-${sha256Base64Url(shown.provider)}`;
    return { ...shown, name };
  });
}

/** What a refusal means to the person. */
const outcomes: Readonly<Record<string, ActOutcome | undefined>> = {
  permission_state: "changed",
  not_found: "changed",
  sign_in_refused: "not accepted",
  representation_refused: "no power",
};

function pageIn(answer: GatewayAnswer, provider: ClientId): PermissionPage | undefined {
  return answer.kind === "answer" && answer.status === 200
    ? readPermissionPage(answer.value, provider)
    : undefined;
}
