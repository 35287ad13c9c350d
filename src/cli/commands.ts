import type { Command } from "./command.ts";

/*
 * The commands in the order of the help text. A command is one file that exports what `Command` says, and one line
 * here; it is loaded when it is asked for.
 */
const files: Readonly<Record<string, () => Promise<Command>>> = {
  demo: () => import("./demo.ts"),
  serve: () => import("./serve.ts"),
  authority: () => import("./authority.ts"),
  portal: () => import("./portal.ts"),
  keys: () => import("./keys.ts"),
  evidence: () => import("./evidence.ts"),
  "log search": () => import("./log-search.ts"),
  "log export": () => import("./log-export.ts"),
  "log reindex": () => import("./log-reindex.ts"),
  "log check": () => import("./log-check.ts"),
  "log discontinuity": () => import("./log-discontinuity.ts"),
  "log lost": () => import("./log-lost.ts"),
  "log reconcile": () => import("./log-reconcile.ts"),
  "log archive": () => import("./log-archive.ts"),
  "log restore": () => import("./log-restore.ts"),
  "log renew": () => import("./log-renew.ts"),
  "log retention": () => import("./log-retention.ts"),
  "log erase": () => import("./log-erase.ts"),
  "log hold": () => import("./log-hold.ts"),
  "log holds": () => import("./log-holds.ts"),
  "log lift": () => import("./log-lift.ts"),
  "keys rotate-master": () => import("./keys-rotate-master.ts"),
  "keys hand-over": () => import("./keys-hand-over.ts"),
  "keys end-member": () => import("./keys-end-member.ts"),
  "service init": () => import("./service-init.ts"),
  "service import": () => import("./service-import.ts"),
  "service check": () => import("./service-check.ts"),
  "service diff": () => import("./service-diff.ts"),
  "service export": () => import("./service-export.ts"),
  "service types": () => import("./service-types.ts"),
  "service mock": () => import("./service-mock.ts"),
  "service form-check": () => import("./service-form-check.ts"),
  "service publish": () => import("./service-publish.ts"),
  "service deprecate": () => import("./service-deprecate.ts"),
  "service suspend": () => import("./service-suspend.ts"),
  "service resume": () => import("./service-resume.ts"),
  "service archive": () => import("./service-archive.ts"),
  "service narrow": () => import("./service-narrow.ts"),
  "service observe": () => import("./service-observe.ts"),
  "service history": () => import("./service-history.ts"),
  "service try": () => import("./service-try.ts"),
  "agreements raise-quota": () => import("./agreements-raise-quota.ts"),
  decide: () => import("./decide.ts"),
  "service target": () => import("./service-target.ts"),
  "service list": () => import("./service-list.ts"),
  "service show": () => import("./service-show.ts"),
  "service search": () => import("./service-search.ts"),
  "service case-counts": () => import("./service-case-counts.ts"),
  "service use": () => import("./service-use.ts"),
  "agreements request": () => import("./agreements-request.ts"),
  "agreements approve": () => import("./agreements-approve.ts"),
  "agreements decline": () => import("./agreements-decline.ts"),
  "agreements change": () => import("./agreements-change.ts"),
  "agreements suspend": () => import("./agreements-suspend.ts"),
  "agreements review-emergency": () => import("./agreements-review-emergency.ts"),
  "agreements resume": () => import("./agreements-resume.ts"),
  "agreements end": () => import("./agreements-end.ts"),
  "agreements declare": () => import("./agreements-declare.ts"),
  "agreements verify": () => import("./agreements-verify.ts"),
  "agreements withdraw": () => import("./agreements-withdraw.ts"),
  "agreements show": () => import("./agreements-show.ts"),
  "agreements list": () => import("./agreements-list.ts"),
  "agreements print": () => import("./agreements-print.ts"),
  "agreements import": () => import("./agreements-import.ts"),
  "agreements sign": () => import("./agreements-sign.ts"),
  "agreements take": () => import("./agreements-take.ts"),
  "restrictions order": () => import("./restrictions-order.ts"),
  "restrictions review": () => import("./restrictions-review.ts"),
  "restrictions lift": () => import("./restrictions-lift.ts"),
  "restrictions list": () => import("./restrictions-list.ts"),
  "permissions declare": () => import("./permissions-declare.ts"),
  "permissions withdraw": () => import("./permissions-withdraw.ts"),
  "permissions list": () => import("./permissions-list.ts"),
  "permissions show": () => import("./permissions-show.ts"),
  "permissions export": () => import("./permissions-export.ts"),
  "feedback send": () => import("./feedback-send.ts"),
  "feedback list": () => import("./feedback-list.ts"),
  "feedback show": () => import("./feedback-show.ts"),
  "feedback answer": () => import("./feedback-answer.ts"),
  "corrections announce": () => import("./corrections-announce.ts"),
  "corrections list": () => import("./corrections-list.ts"),
  "corrections answer": () => import("./corrections-answer.ts"),
  "inquiries list": () => import("./inquiries-list.ts"),
  "inquiries answer": () => import("./inquiries-answer.ts"),
  "inquiries close": () => import("./inquiries-close.ts"),
  verify: () => import("./verify.ts"),
  bench: () => import("./bench.ts"),
  "bench log": () => import("./bench-log.ts"),
};

export const commandNames: readonly string[] = Object.keys(files);

/** @returns undefined when there is no such command */
export async function loadCommand(name: string): Promise<Command | undefined> {
  return Object.hasOwn(files, name) ? await files[name]!() : undefined;
}

/** Every command by its name. */
export async function loadCommands(): Promise<ReadonlyMap<string, Command>> {
  const entries = Object.entries(files).map(async ([name, load]) => [name, await load()] as const);
  return new Map(await Promise.all(entries));
}
