import { type ClientId, type MemberId, memberOf, unsafeId } from "../../core/ids.ts";

/** The instance that everything in the invented country belongs to. */
export const instance = "DEV";

/** A member of the country: its organisation and the subsystems that ask or answer in its name. */
export interface CountryMember {
  readonly id: MemberId;
  readonly name: string;
  readonly subsystems: readonly string[];
}

const member = (id: string, name: string, ...subsystems: readonly string[]): CountryMember => ({
  id: unsafeId(`${instance}/${id}`),
  name,
  subsystems,
});

/** Everybody who takes part. */
// biome-ignore format: a table is read by its columns
export const members: readonly CountryMember[] = [
  member("GOV/10000001", "Population Register",         "population"),
  member("GOV/10000002", "Tax Board",                   "tax"),
  member("GOV/10000003", "Social Benefits Agency",      "benefits", "inspection"),
  member("GOV/10000004", "Business Register",           "business"),
  member("GOV/10000005", "Education Agency",            "diplomas"),
  member("GOV/10000006", "Police Board",                "investigation"),
  member("GOV/10000008", "Digital Agency",              "portal"),
  member("MUN/20000001", "Harbour City",                "services", "kindergarten"),
  member("COM/30000001", "First Savings Bank",          "onboarding"),
  member("NGO/40000001", "Relief Association",          "intake"),
  member("GOV/90000001", "Data Protection Inspectorate", "audit"),
];

/** A security server of the country: whose it is and whom it hosts beside its owner. */
export interface ServerPlan {
  /** Short name: folder, process, what the demonstration prints. */
  readonly name: string;
  readonly owner: MemberId;
  readonly hosted: readonly MemberId[];
}

const server = (name: string, owner: string, ...hosted: readonly string[]): ServerPlan => ({
  name,
  owner: unsafeId(`${instance}/${owner}`),
  hosted: hosted.map((id) => unsafeId(`${instance}/${id}`)),
});

/** Four security servers; three of them host members of other owners, each with a seal of its own. */
// biome-ignore format: a table is read by its columns
export const serverPlans: readonly ServerPlan[] = [
  server("population", "GOV/10000001", "GOV/10000004"),
  server("tax",        "GOV/10000002", "GOV/10000005", "GOV/10000008"),
  server("benefits",   "GOV/10000003", "GOV/90000001", "GOV/10000006"),
  server("harbour",    "MUN/20000001", "COM/30000001", "NGO/40000001"),
];

/** A subsystem by its short name, which no other member has. @throws Error when there is none */
export function subsystem(name: string): ClientId {
  const owner = members.find(({ subsystems }) => subsystems.includes(name));
  if (owner === undefined) throw new Error(`no member of the country has a subsystem ${name}`);
  return unsafeId(`${owner.id}/${name}`);
}

/** The organisation behind a subsystem, by name. */
export function nameOf(client: ClientId): string {
  const id = memberOf(client);
  return members.find((one) => one.id === id)?.name ?? id;
}

/** The members that a server serves, its owner first. */
export function membersOn({ owner, hosted }: ServerPlan): CountryMember[] {
  return [owner, ...hosted].map((id) => members.find((one) => one.id === id)!);
}
