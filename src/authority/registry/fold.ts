import { SealwayError } from "../../core/errors.ts";
import { readKeptStatement } from "../../message/agreement-act-record.ts";
import { type RegistrationRequest, requestDigest } from "../../message/registration/registration-request.ts";
import { makeChange, makeProposed, noteAdditions } from "./change-rules.ts";
import { checkImport, importContent } from "./import-content.ts";
import type { KeptRequest } from "./kept-request.ts";
import type { RegistryEntry, RegistryEvent } from "./registry-entry.ts";
import type { RegistryState } from "./registry-state.ts";

/**
 * What an entry makes of the registry: the registry is what its entries make of it, one after another.
 * @param state changed in place; worthless when this throws
 * @param sha256 of the entry, base64url
 * @throws SealwayError `act_out_of_order` for an entry that does not follow; `transition_refused` for what the state does
 *   not allow
 */
export function applyEntry(state: RegistryState, entry: RegistryEntry, sha256: string): void {
  if (entry.number !== state.entries + 1 || entry.previous !== state.head)
    throw new SealwayError("act_out_of_order", `entry ${entry.number} does not follow ${state.entries}`);
  apply(state, entry.event, { time: entry.time, make: makeChange });
  state.entries = entry.number;
  state.head = sha256;
}

/** As `applyEntry`, for what is tried before it is kept. @param time milliseconds @throws SealwayError for more than that */
export function applyEvent(state: RegistryState, event: RegistryEvent, time: number): void {
  if (event.entry === "import") checkImport(state, event);
  apply(state, event, { time, make: makeProposed });
}

/** When it happens, and how what is approved is made. */
interface Applying {
  /** Milliseconds. */
  readonly time: number;
  readonly make: typeof makeChange;
}

function apply(state: RegistryState, event: RegistryEvent, applying: Applying): void {
  switch (event.entry) {
    case "import":
      importContent(state, event, applying.time);
      break;
    case "request":
      openRequest(state, event, applying);
      break;
    case "signature":
      addSignatures(state, event, applying);
      break;
    case "decision":
      decide(state, event, applying);
      break;
    case "expiry":
      settle(state, event.request, { state: "expired" }, applying);
      break;
  }
}

/** What a request states. @param signature a compact JWS over it that was verified */
export function requestIn(signature: string): RegistrationRequest {
  return readKeptStatement(Buffer.from(signature, "latin1")) as unknown as RegistrationRequest;
}

function openRequest(
  state: RegistryState,
  { entry: _, state: reached, ...kept }: Extract<RegistryEvent, { entry: "request" }>,
  applying: Applying,
): void {
  const { time } = applying;
  const request = requestIn(kept.signatures[0]!);
  const { id, changes } = request;
  if (state.requests.has(id))
    throw new SealwayError("replay", "there was a registration request with this id before");
  const step = reached === "saved" ? "save" : "request";
  noteAdditions(state, changes, step, { time, by: id });
  const digest = requestDigest(request);
  const open = reached === "saved" ? "saved" : "requested";
  state.requests.set(id, { ...kept, request, sha256: digest, state: open, received: time, since: time });
  if (reached === "approved") settle(state, id, { state: "approved" }, applying);
}

function addSignatures(
  state: RegistryState,
  { entry: _, request, ...kept }: Extract<RegistryEvent, { entry: "signature" }>,
  applying: Applying,
): void {
  settle(state, request, kept, applying);
}

function decide(
  state: RegistryState,
  { request: id, approval, state: reached, reason }: Extract<RegistryEvent, { entry: "decision" }>,
  applying: Applying,
): void {
  const kept = openOne(state, id);
  if (kept.state !== "requested" && reached !== "declined")
    throw new SealwayError(
      "transition_refused",
      `the request is ${kept.state}: not all have signed who must`,
    );
  const approvals = reached === "declined" ? kept.approvals : [...kept.approvals, approval];
  settle(state, id, { state: reached, approvals, ...(reason !== undefined && { reason }) }, applying);
}

/** What a request comes to. */
function settle(
  state: RegistryState,
  id: string,
  { signatures, members, persons, approvals, automatic, reason, state: reached }: Partial<KeptRequest>,
  { time, make }: Applying,
): void {
  const before = openOne(state, id);
  const kept = {
    ...before,
    ...(signatures && { signatures: [...before.signatures, ...signatures] }),
    ...(members && { members }),
    ...(persons && { persons }),
    ...(approvals && { approvals }),
    ...(automatic !== undefined && { automatic }),
    ...(reason !== undefined && { reason }),
  };
  const after = reached ?? before.state;
  state.requests.set(id, { ...kept, state: after, since: time });
  const taken = { time, by: id };
  const { changes } = before.request;
  const isOver = after === "declined" || after === "expired";
  if (isOver) noteAdditions(state, changes, "lapse", taken);
  else if (before.state === "saved" && after !== "saved") noteAdditions(state, changes, "request", taken);
  if (after !== "approved") return;
  const asked = kept.members.length > 0 ? "members" : "authority";
  for (const change of changes) make(state, change, { ...taken, asked });
}

function openOne(state: RegistryState, id: string): KeptRequest {
  const kept = state.requests.get(id);
  if (kept === undefined)
    throw new SealwayError("registration_unknown", `there is no registration request ${id}`);
  if (kept.state !== "saved" && kept.state !== "requested")
    throw new SealwayError("transition_refused", `the request is ${kept.state}, which is final`);
  return kept;
}
