import type { RetentionProposal } from "../catalogue/description-document.ts";
import type { ServiceDescription } from "../catalogue/service-description.ts";
import type { MemberId, ServiceId } from "../core/ids.ts";
import type { RecordRetention, RetentionClass, RetentionPeriod } from "../messagelog/message-record.ts";

/** What a member's own law says, as its server's configuration has it. */
export interface RetentionRule extends RetentionPeriod {
  /** The name of the class; one name has one period. */
  readonly class: string;
  /** All members that are served here unless told. */
  readonly member?: MemberId;
  /** All services unless told. */
  readonly service?: ServiceId;
  readonly part: "head" | "body";
}

/** The class of records for which nobody has a rule. */
const defaultClass = "default";

/**
 * Under which retention class a record is kept: by the member's own rule, or else as the service's description
 * proposes, or else by the server's default; bodies not at all unless one of the first two says so. Looked up on the
 * request's path: each answer is made once for a member and a description.
 */
export class RetentionTable {
  readonly #rules: readonly RetentionRule[];
  readonly #default: RetentionClass;
  readonly #known = new WeakMap<ServiceDescription, Map<MemberId, RecordRetention>>();

  /** @param rules the first one that fits counts; `keepDays` 0 of a body says that it is not kept */
  constructor(rules: readonly RetentionRule[], { keepDays, graceDays }: RetentionPeriod) {
    this.#rules = rules;
    this.#default = { name: defaultClass, keepDays, graceDays };
  }

  /** @param description undefined where it is not known any more */
  of(member: MemberId, service: ServiceId, description: ServiceDescription | undefined): RecordRetention {
    if (description === undefined) return this.#find(member, service, {});
    const byMember = this.#known.get(description) ?? new Map<MemberId, RecordRetention>();
    const known = byMember.get(member);
    if (known !== undefined) return known;
    const found = this.#find(member, service, description.retention);
    this.#known.set(description, byMember.set(member, found));
    return found;
  }

  /** The period of a class as it is in force now; undefined for one that a description proposed or that is gone. */
  periodOf(member: string, name: string): RetentionPeriod | undefined {
    if (name === defaultClass) return this.#default;
    return this.#rules.find((rule) => rule.class === name && (rule.member ?? member) === member);
  }

  #find(member: MemberId, service: ServiceId, proposal: RetentionProposal): RecordRetention {
    const own = (part: RetentionRule["part"]) =>
      this.#rules.find((rule) => {
        return (
          rule.part === part && (rule.member ?? member) === member && (rule.service ?? service) === service
        );
      });
    const body = classOf(own("body"), proposal.body);
    return {
      head: classOf(own("head"), proposal.head) ?? this.#default,
      body: body !== undefined && body.keepDays > 0 ? body : undefined,
    };
  }
}

function classOf(
  rule: RetentionRule | undefined,
  proposal: RetentionPeriod | undefined,
): RetentionClass | undefined {
  if (rule !== undefined) return { name: rule.class, keepDays: rule.keepDays, graceDays: rule.graceDays };
  if (proposal === undefined) return undefined;
  const { keepDays, graceDays } = proposal;
  // The period is the name: a proposal that changes makes another class, and keys keep what was promised.
  return { name: `proposed-${keepDays}-${graceDays}`, keepDays, graceDays };
}
